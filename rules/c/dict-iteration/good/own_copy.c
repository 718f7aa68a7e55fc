/* Near miss: the dict is a copy nobody else has. */
#include <Python.h>

static PyObject *
count(PyObject *self, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, n = 0;
    PyObject *copy = PyDict_Copy(table);
    while (PyDict_Next(copy, &pos, &key, &value)) {
        n += value != Py_None;
    }
    Py_DECREF(copy);
    return PyLong_FromSsize_t(n);
}

/* The copy takes the name of what was given. */
static PyObject *
count_under_the_same_name(PyObject *self, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, n = 0;
#ifdef Py_GIL_DISABLED
    PyObject *copy = PyDict_Copy(table);
    if (copy == NULL) {
        return NULL;
    }
    table = copy;
#endif
    while (PyDict_Next(table, &pos, &key, &value)) {
        n += value != Py_None;
    }
#ifdef Py_GIL_DISABLED
    Py_DECREF(copy);
#endif
    return PyLong_FromSsize_t(n);
}
