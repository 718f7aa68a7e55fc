/* The array by way of a variable that is declared as a list. */
#include <Python.h>

static PyObject *
first(PyObject *self, PyObject *object)
{
    PyListObject *list = (PyListObject *)object;
    PyObject *item = list->ob_item[0];  /* FIRES */
    return Py_NewRef(item);
}

static PyMethodDef methods[] = {{"first", first, METH_O, ""}, {NULL}};
