/* Two threads may both find that the watch is not there, and both add it. */
#include <Python.h>

static PyObject *watches = NULL;

static PyObject *
add_watch(PyObject *module, PyObject *watch)
{
    if (PyDict_Contains(watches, watch) == 1) {  /* FIRES */
        PyErr_SetString(PyExc_RuntimeError, "watched already");
        return NULL;
    }
    PyObject *stream = PyLong_FromLong(1);
    if (stream == NULL || PyDict_SetItem(watches, watch, stream) < 0) {
        Py_XDECREF(stream);
        return NULL;
    }
    Py_DECREF(stream);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"add_watch", add_watch, METH_O, ""},
    {NULL}
};

PyMODINIT_FUNC
PyInit_watch(void)
{
    watches = PyDict_New();
    return make_module(methods);
}
