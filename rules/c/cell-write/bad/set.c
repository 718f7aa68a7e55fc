/* The cell belongs to a closure that other threads run. */
#include <Python.h>

static PyObject *
rebind(PyObject *self, PyObject *cell)
{
    PyCell_SET(cell, Py_NewRef(Py_None));  /* FIRES */
    Py_RETURN_NONE;
}
