/* Near miss: a frame is put on the thread's own stack, which stays the same. */
#include <Python.h>

void
push(PyThreadState *state, void *frame, size_t size)
{
    state->current_frame = frame_at(frame);
    state->datastack_top += size;
    state->datastack_limit = limit_of(state->datastack_chunk);
}
