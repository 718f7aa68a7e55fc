/* A struct that lives as long as a call remembers the object: the object is no less somebody else's for that. */
#include <Python.h>

typedef struct { PyObject_HEAD void *storage; } Pattern;
typedef struct { Pattern *pattern; void *storage; } State;

static void
finish(State *state)
{
    Pattern *pattern = state->pattern;
    void *old = pattern->storage;  /* FIRES */
    pattern->storage = state->storage;
    state->storage = old;
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
