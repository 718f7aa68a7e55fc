/* Near miss: the loop runs inside the dict's critical section. */
#include <Python.h>

static PyObject *
count(PyObject *self, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, n = 0;
    Py_BEGIN_CRITICAL_SECTION(table);
    while (PyDict_Next(table, &pos, &key, &value)) {
        n += value != Py_None;
    }
    Py_END_CRITICAL_SECTION();
    return PyLong_FromSsize_t(n);
}
