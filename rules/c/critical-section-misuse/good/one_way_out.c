/* Near miss: one way out of the block, and a label inside of it. */
#include <Python.h>

static PyObject *
size(PyObject *self, PyObject *list)
{
    Py_ssize_t n;
    PyObject *result = NULL;
    Py_BEGIN_CRITICAL_SECTION(list);
    n = PyList_Size(list);
    if (n < 0) {
        goto out;
    }
    result = PyLong_FromSsize_t(n);
out:
    ;
    Py_END_CRITICAL_SECTION();
    return result;
}
