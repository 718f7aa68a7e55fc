/* The sequence may be the caller's own list. */
#include <Python.h>

static PyObject *
join(PyObject *self, PyObject *arg)
{
    PyObject *fast = PySequence_Fast(arg, "a sequence");
    PyObject **items = PySequence_Fast_ITEMS(fast);  /* FIRES */
    return Py_NewRef(items[0]);
}
