/* Near miss: what is asserted is no test: released builds compile it out, and no result is reused. */
#include <Python.h>
#include <assert.h>

typedef struct { PyObject_HEAD PyObject *result; } Reader;

static PyObject *
reader_restart(Reader *self, PyObject *unused)
{
    assert(self->result == NULL);
    self->result = PyBytes_FromStringAndSize(NULL, 64);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"restart", (PyCFunction)reader_restart, METH_NOARGS, ""},
    {NULL}
};
