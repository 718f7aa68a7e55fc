// A new reference that is given back at once: what is used on is borrowed from the list, and from the attribute.
#include <Python.h>

static PyObject *sum(PyObject *self, PyObject *args)
{
    PyObject *list, *first, *holder;
    if (!PyArg_ParseTuple(args, "OO", &list, &holder))
        return NULL;
    first = PySequence_GetItem(list, 0);
    if (!first)
        return NULL;
    Py_DECREF(first);  // FIRES
    double one = PyFloat_AsDouble(first);
    PyObject *limit = PyObject_GetAttrString(holder, "limit");
    if (limit) {
        Py_DECREF(limit);  // FIRES
    }
    return PyFloat_FromDouble(one + PyFloat_AsDouble(limit));
}
