/* Near miss: the whole step inside the iterator's critical section. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *seq; Py_ssize_t at; } Iter;

static PyObject *
iter_next(Iter *self)
{
    PyObject *item = NULL;
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->at < PySequence_Size(self->seq)) {
        item = PySequence_GetItem(self->seq, self->at++);
    }
    Py_END_CRITICAL_SECTION();
    return item;
}

static PyTypeObject Iter_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "it.Iter",
    .tp_iternext = (iternextfunc)iter_next,
};
