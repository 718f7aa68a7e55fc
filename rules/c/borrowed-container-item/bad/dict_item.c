/* The plain case: a lookup in a dict the caller did not create. */
#include <Python.h>

static PyObject *
lookup(PyObject *self, PyObject *table)
{
    PyObject *hit = PyDict_GetItem(table, self);  /* FIRES */
    return Py_XNewRef(hit);
}
