/* Near miss: the section is open, or the value is not used. */
#include <Python.h>

static PyObject *
content(PyObject *self, PyObject *cell)
{
    PyObject *value;
    Py_BEGIN_CRITICAL_SECTION(cell);
    value = Py_XNewRef(PyCell_GET(cell));
    Py_END_CRITICAL_SECTION();
    return value;
}

static int
is_empty(PyObject *self, PyObject *cell)
{
    if (PyCell_GET(cell) == NULL) {
        return 1;
    }
    return 0;
}
