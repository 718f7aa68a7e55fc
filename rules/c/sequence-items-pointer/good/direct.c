/* Near miss: a list made here, a tuple, another field, and the list's section held. */
#include <Python.h>

static PyObject *
first(PyObject *self, PyObject *list)
{
    PyObject *made = PyList_New(1);
    ((PyListObject *)made)->ob_item[0] = Py_NewRef(list);
    PyObject *type = (PyObject *)((PyListObject *)list)->ob_type;
    PyObject *item = ((PyTupleObject *)list)->ob_item[0];
    Py_BEGIN_CRITICAL_SECTION(list);
    item = Py_NewRef(((PyListObject *)list)->ob_item[0]);
    Py_END_CRITICAL_SECTION();
    Py_DECREF(type);
    Py_DECREF(made);
    return item;
}
