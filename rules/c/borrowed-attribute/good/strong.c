/* Near miss: the call that locks and returns a strong reference. */
#include <Python.h>

static PyObject *
content(PyObject *self, PyObject *cell)
{
    return PyCell_Get(cell);
}
