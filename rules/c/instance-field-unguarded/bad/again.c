/* `__init__` may be called again, on an object that other threads use: what it replaces is dropped under them. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *source; PyObject *owner; } Reader;

static int
set_owner(Reader *self, PyObject *owner)
{
    PyObject *before = self->owner;
    self->owner = Py_NewRef(owner);  /* FIRES */
    Py_XDECREF(before);
    return 0;
}

static int
reader_init(Reader *self, PyObject *args, PyObject *kwargs)
{
    PyObject *source, *owner;
    if (!PyArg_ParseTuple(args, "OO", &source, &owner)) {
        return -1;
    }
    Py_XSETREF(self->source, Py_NewRef(source));  /* FIRES */
    return set_owner(self, owner);
}

static PyTypeObject Reader_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Reader",
    .tp_init = (initproc)reader_init,
};
