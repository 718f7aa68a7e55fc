/* Near miss: who walks the table has the lock of its caller, who looks before it takes the lock looks again, and what one
   function fills it fills once. */
#include <Python.h>

typedef struct { double interval; int id; } entry;

static entry entries[100];
static PyThread_type_lock entries_lock;
static double squares[100];

static void
fill(void)
{
    PyThread_acquire_lock(entries_lock, WAIT_LOCK);
    for (int i = 0; i < 100; i++) {
        squares[i] = i * i;
    }
    PyThread_release_lock(entries_lock);
}

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
    fill();
    double interval = PyFloat_AsDouble(arg) + squares[2];
    if (entries[0].interval == interval) {
        Py_RETURN_NONE;
    }
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

static entry *
all(void)
{
    return &entries[0];
}

static PyObject *
least(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    PyThread_acquire_lock(entries_lock, WAIT_LOCK);
    double found = shortest(all()->interval);
    PyThread_release_lock(entries_lock);
    return PyFloat_FromDouble(found);
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
