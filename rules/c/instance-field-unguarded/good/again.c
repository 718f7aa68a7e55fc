/* Near miss: `__init__` swaps in the object's critical section; what it fills otherwise nobody has yet. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *source; PyObject *name; } Reader;

static int
reader_init(Reader *self, PyObject *args, PyObject *kwargs)
{
    PyObject *source;
    if (!PyArg_ParseTuple(args, "O", &source)) {
        return -1;
    }
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_XSETREF(self->source, Py_NewRef(source));
    Py_END_CRITICAL_SECTION();
    return 0;
}

static PyObject *
reader_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Reader *self = (Reader *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    Py_XSETREF(self->name, PyUnicode_FromString("-"));
    return (PyObject *)self;
}

static PyTypeObject Reader_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Reader",
    .tp_init = (initproc)reader_init,
    .tp_new = reader_new,
};
