/* A flag that only the GIL made atomic, and state that only "the GIL" protects. */
#include <Python.h>

typedef struct { PyObject_HEAD int busy; } Parser;

static long seen;

static PyObject *
parser_feed(Parser *self, PyObject *data)
{
    if (self->busy) {  /* FIRES */
        return NULL;
    }
    self->busy = 1;
    PyObject_CallNoArgs(data);
    self->busy = 0;
    Py_RETURN_NONE;
}

static void
on_event(void *unused)
{
    PyGILState_STATE state = PyGILState_Ensure();
    seen += 1;  /* FIRES */
    PyGILState_Release(state);
}

static PyObject *
watch(PyObject *self, PyObject *unused)
{
    lib_register(on_event);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"feed", (PyCFunction)parser_feed, METH_O, ""},
    {"watch", watch, METH_NOARGS, ""},
    {NULL}
};
