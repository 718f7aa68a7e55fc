/* The position is checked, used and stored in three steps. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *seq; Py_ssize_t at; } Iter;

static PyObject *
iter_next(Iter *self)
{
    if (self->at >= PySequence_Size(self->seq)) {  /* FIRES */
        return NULL;
    }
    return PySequence_GetItem(self->seq, self->at++);  /* FIRES */
}

static PyTypeObject Iter_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "it.Iter",
    .tp_iternext = (iternextfunc)iter_next,
};
