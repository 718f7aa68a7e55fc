/* The dict came from the caller. */
#include <Python.h>

static PyObject *
count(PyObject *self, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, n = 0;
    while (PyDict_Next(table, &pos, &key, &value)) {  /* FIRES */
        n += value != Py_None;
    }
    return PyLong_FromSsize_t(n);
}
