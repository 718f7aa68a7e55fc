/* Near miss: the container's critical section is open until the item is owned. */
#include <Python.h>

static PyObject *
lookup(PyObject *self, PyObject *table)
{
    PyObject *hit;
    Py_BEGIN_CRITICAL_SECTION(table);
    hit = PyDict_GetItem(table, self);
    Py_XINCREF(hit);
    Py_END_CRITICAL_SECTION();
    return hit;
}

static int
known(PyObject *self, PyObject *table)
{
    int found = 0;
    Py_BEGIN_CRITICAL_SECTION(table);
    if (PyDict_GetItem(table, self) != NULL) {
        found = 1;
    }
    Py_END_CRITICAL_SECTION();
    return found;
}
