// Near miss: given back after the last use, only compared afterwards, of the arguments' own tuple, or given another value.
#include <Python.h>

static PyObject *sum(PyObject *self, PyObject *args)
{
    PyObject *list, *first, *last, *none;
    if (!PyArg_ParseTuple(args, "O", &list))
        return NULL;
    first = PySequence_GetItem(list, 0);
    if (!first)
        return NULL;
    double one = PyFloat_AsDouble(first);
    Py_DECREF(first);
    none = PySequence_GetItem(list, 1);
    Py_XDECREF(none);
    if (none == Py_None)
        return PyFloat_FromDouble(one);
    first = PySequence_GetItem(args, 0);
    Py_XDECREF(first);
    one += PyFloat_AsDouble(first);
    last = PySequence_GetItem(list, 2);
    Py_XDECREF(last);
    last = PyFloat_FromDouble(one);
    return last;
}
