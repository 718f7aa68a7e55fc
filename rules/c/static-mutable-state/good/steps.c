/* Near miss: both steps under one lock, or one step only. */
#include <Python.h>

static PyObject *watches = NULL;
static PyMutex lock;

static PyObject *
add_watch(PyObject *module, PyObject *watch)
{
    PyMutex_Lock(&lock);
    int found = PyDict_Contains(watches, watch);
    if (found == 0) {
        found = PyDict_SetItem(watches, watch, Py_None);
    }
    PyMutex_Unlock(&lock);
    return PyLong_FromLong(found);
}

static PyObject *
is_watched(PyObject *module, PyObject *watch)
{
    return PyBool_FromLong(PyDict_Contains(watches, watch) == 1);
}

static PyMethodDef methods[] = {
    {"add_watch", add_watch, METH_O, ""},
    {"is_watched", is_watched, METH_O, ""},
    {NULL}
};

PyMODINIT_FUNC
PyInit_watch(void)
{
    watches = PyDict_New();
    return make_module(methods);
}
