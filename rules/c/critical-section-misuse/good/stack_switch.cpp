// Near miss: the sections are saved as well.
#include <Python.h>

struct Saved {
    void *current_frame, *chunk;
    PyObject **top, **limit;
    uintptr_t sections;
};

void
save(Saved *saved, PyThreadState *state)
{
    saved->current_frame = state->current_frame;
    saved->limit = state->datastack_limit;
    saved->sections = state->critical_section;
    state->critical_section = 0;
}
