/* Near miss: the list was made here and nobody else has it. */
#include <Python.h>

static PyObject *
build(PyObject *self, PyObject *source)
{
    PyObject *items = PyMapping_Items(source);
    if (items == NULL) {
        return NULL;
    }
    PyObject *first = PyList_GET_ITEM(items, 0);
    Py_INCREF(first);
    Py_DECREF(items);
    return first;
}

static int
has(PyObject *self, PyObject *key)
{
    PyObject *fresh = PyDict_New();
    int found = 0;
    if (PyDict_GetItem(fresh, key) != NULL) {
        found = 1;
    }
    Py_DECREF(fresh);
    return found;
}
