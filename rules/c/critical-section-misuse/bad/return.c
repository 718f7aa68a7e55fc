/* An early return leaves the section open. */
#include <Python.h>

static PyObject *
size(PyObject *self, PyObject *list)
{
    Py_ssize_t n;
    Py_BEGIN_CRITICAL_SECTION(list);
    n = PyList_Size(list);
    if (n < 0) {
        return NULL;  /* FIRES */
    }
    Py_END_CRITICAL_SECTION();
    return PyLong_FromSsize_t(n);
}
