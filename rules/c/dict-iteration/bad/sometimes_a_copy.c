/* The name stands for a copy on one way only. */
#include <Python.h>

static PyObject *
count(PyObject *self, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, n = 0;
    if (PyDict_Size(table) < 8) {
        table = PyDict_Copy(table);
    }
    while (PyDict_Next(table, &pos, &key, &value)) { /* FIRES */
        n += value != Py_None;
    }
    return PyLong_FromSsize_t(n);
}
