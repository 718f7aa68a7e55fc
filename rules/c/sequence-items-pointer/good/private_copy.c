/* Near miss: a tuple of our own. */
#include <Python.h>

static PyObject *
join(PyObject *self, PyObject *arg)
{
    PyObject *copy = PySequence_Tuple(arg);
    PyObject **items = PySequence_Fast_ITEMS(copy);
    PyObject *first = Py_NewRef(items[0]);
    Py_DECREF(copy);
    return first;
}
