// A library that moves threads from stack to stack saves all of a thread's state but its open sections.
#include <Python.h>

struct Saved {
    PyObject *context;
    void *current_frame, *chunk;
    PyObject **top, **limit;
};

void
save(Saved *saved, PyThreadState *state)
{
    saved->context = state->context;  // FIRES
    saved->current_frame = state->current_frame;
    saved->chunk = state->datastack_chunk;
    saved->top = state->datastack_top;
    saved->limit = state->datastack_limit;
}

void
restore(Saved *saved, PyThreadState *state)
{
    state->context = saved->context;  // FIRES
    state->current_frame = saved->current_frame;
    state->datastack_chunk = saved->chunk;
    state->datastack_top = saved->top;
    state->datastack_limit = saved->limit;
}
