/* All who change the table hold the lock; who walks it does not. */
#include <Python.h>

typedef struct { double interval; int id; } entry;

static entry entries[100];
static PyThread_type_lock entries_lock;

static double
shortest(double most)
{
    for (int i = 0; i < 100; i++) {
        if (entries[i].interval < most) {  /* FIRES */
            most = entries[i].interval;
        }
    }
    return most;
}

static PyObject *
add(PyObject *module, PyObject *arg)
{
    double interval = PyFloat_AsDouble(arg);
    PyThread_acquire_lock(entries_lock, WAIT_LOCK);
    entries[0].interval = interval;
    PyThread_release_lock(entries_lock);
    Py_RETURN_NONE;
}

static PyObject *
forget(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    PyThread_acquire_lock(entries_lock, WAIT_LOCK);
    entries[0].interval = 0;
    PyThread_release_lock(entries_lock);
    Py_RETURN_NONE;
}

static PyObject *
least(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    return PyFloat_FromDouble(shortest(1.0));
}

static PyMethodDef methods[] = {
    {"add", add, METH_O, ""},
    {"forget", forget, METH_NOARGS, ""},
    {"least", least, METH_NOARGS, ""},
    {NULL}
};

PyMODINIT_FUNC
PyInit_timing(void)
{
    entries_lock = PyThread_allocate_lock();
    return make_module(methods);
}
