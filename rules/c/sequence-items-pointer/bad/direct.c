/* The array of a caller's list by its structure. */
#include <Python.h>

static PyObject *
first(PyObject *self, PyObject *list)
{
    return Py_NewRef(((PyListObject *)list)->ob_item[0]);  /* FIRES */
}
