/* Who makes the lock on first use has none for that: two threads make two, and each holds its own. */
#include <Python.h>

static PyThread_type_lock waiters_lock;

static PyObject *
add_waiter(PyObject *module, PyObject *arg)
{
    if (waiters_lock == NULL) {  /* FIRES */
        waiters_lock = PyThread_allocate_lock();
    }
    PyThread_acquire_lock(waiters_lock, WAIT_LOCK);
    PyThread_release_lock(waiters_lock);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"add_waiter", add_waiter, METH_O, ""},
    {NULL}
};
