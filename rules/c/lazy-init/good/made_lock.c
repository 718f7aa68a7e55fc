/* Near miss: the lock is made while the module is, behind a macro that heads its init function. */
#include <Python.h>

#define MODULE_BEGINS(name) PyMODINIT_FUNC PyInit_##name(void)

static PyThread_type_lock waiters_lock;
static PyObject *empty;

static PyObject *
add_waiter(PyObject *module, PyObject *arg)
{
    PyThread_acquire_lock(waiters_lock, WAIT_LOCK);
    PyThread_release_lock(waiters_lock);
    return Py_NewRef(empty);
}

static PyMethodDef methods[] = {
    {"add_waiter", add_waiter, METH_O, ""},
    {NULL}
};

PyObject *build(PyMethodDef *);

MODULE_BEGINS(waiters)
{
    if (waiters_lock == NULL) {
        waiters_lock = PyThread_allocate_lock();
    }
    if (empty == NULL) {
        empty = PyTuple_New(0);
    }
    return build(methods);
}
