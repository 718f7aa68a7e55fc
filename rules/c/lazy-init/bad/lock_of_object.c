/* The lock that is to keep threads apart is itself made by whichever comes first. */
#include <Python.h>

typedef struct { PyObject_HEAD int count; PyThread_type_lock lock; } Counter;

static PyObject *
counter_step(Counter *self, PyObject *unused)
{
    if (self->lock == NULL) {  /* FIRES */
        self->lock = PyThread_allocate_lock();
    }
    PyThread_acquire_lock(self->lock, 1);
    self->count++;
    PyThread_release_lock(self->lock);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"step", (PyCFunction)counter_step, METH_NOARGS, ""},
    {NULL}
};
