/* Near miss: what is tested was there, and is given up or handed on; nothing is made on first use. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *callback; PyObject *next; } Node;

static PyObject *
node_stop(Node *self, PyObject *unused)
{
    if (self->callback) {
        Py_DECREF(self->callback);
        self->callback = NULL;
    }
    if (!self->next) {
        Py_RETURN_NONE;
    }
    self->next = PyLong_FromLong(1);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"stop", (PyCFunction)node_stop, METH_NOARGS, ""},
    {NULL}
};
