/* A caller's list is changed slot by slot. */
#include <Python.h>

static PyObject *
fill(PyObject *self, PyObject *list)
{
    PyList_SET_ITEM(list, 0, Py_NewRef(Py_None));  /* FIRES */
    Py_RETURN_NONE;
}
