/* Near miss: who makes the lock for the first time is in the object's critical section. */
#include <Python.h>

typedef struct { PyObject_HEAD int count; PyThread_type_lock lock; } Counter;

static PyObject *
counter_step(Counter *self, PyObject *unused)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->lock == NULL) {
        self->lock = PyThread_allocate_lock();
    }
    Py_END_CRITICAL_SECTION();
    PyThread_acquire_lock(self->lock, 1);
    self->count++;
    PyThread_release_lock(self->lock);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"step", (PyCFunction)counter_step, METH_NOARGS, ""},
    {NULL}
};
