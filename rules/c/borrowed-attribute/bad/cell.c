/* A closure cell is assigned by whichever thread runs the function. */
#include <Python.h>

static PyObject *
content(PyObject *self, PyObject *cell)
{
    PyObject *value = PyCell_GET(cell);  /* FIRES */
    return Py_XNewRef(value);
}
