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
