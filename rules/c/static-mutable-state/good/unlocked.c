/* Near miss: who walks the table has the lock of its caller, and who looks before it takes the lock looks again. */
#include <Python.h>

typedef struct { double interval; int id; } entry;

static entry entries[100];
static PyThread_type_lock entries_lock;

static double
shortest(double most)
{
    for (int i = 0; i < 100; i++) {
        if (entries[i].interval < most) {
            most = entries[i].interval;
        }
    }
    return most;
}

static PyObject *
add(PyObject *module, PyObject *arg)
{
    double interval = PyFloat_AsDouble(arg);
    if (entries[0].interval == interval) {
        Py_RETURN_NONE;
    }
    PyThread_acquire_lock(entries_lock, WAIT_LOCK);
    entries[0].interval = interval;
    PyThread_release_lock(entries_lock);
    Py_RETURN_NONE;
}

static PyObject *
least(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    PyThread_acquire_lock(entries_lock, WAIT_LOCK);
    double found = shortest(1.0);
    PyThread_release_lock(entries_lock);
    return PyFloat_FromDouble(found);
}

static PyMethodDef methods[] = {
    {"add", add, METH_O, ""},
    {"least", least, METH_NOARGS, ""},
    {NULL}
};

PyMODINIT_FUNC
PyInit_timing(void)
{
    entries_lock = PyThread_allocate_lock();
    return make_module(methods);
}
