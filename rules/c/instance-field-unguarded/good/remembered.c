/* Near miss: the struct that lives as long as a call is changed itself, and what it remembers is only read. */
#include <Python.h>

typedef struct { PyObject_HEAD void *code; } Pattern;
typedef struct { Pattern *pattern; void *storage; } State;

static void
finish(State *state)
{
    PyMem_Free(state->storage);
    state->storage = state->pattern->code;
}

static PyObject *
pattern_match(Pattern *self, PyObject *unused)
{
    State state;
    state.pattern = self;
    state.storage = PyMem_Malloc(64);
    search(&state);
    finish(&state);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"match", (PyCFunction)pattern_match, METH_NOARGS, ""},
    {NULL}
};
