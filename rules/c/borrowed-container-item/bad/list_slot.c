/* A list that the caller handed over, read by the macro that checks nothing. */
#include <Python.h>

static PyObject *
first(PyObject *self, PyObject *list)
{
    PyObject *item = PyList_GET_ITEM(list, 0);  /* FIRES */
    Py_INCREF(item);
    return item;
}
