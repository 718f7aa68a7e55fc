/* Near miss: the function, the section, and a cell of our own. */
#include <Python.h>

static PyObject *
rebind(PyObject *self, PyObject *cell)
{
    Py_BEGIN_CRITICAL_SECTION(cell);
    PyCell_SET(cell, Py_NewRef(Py_None));
    Py_END_CRITICAL_SECTION();
    PyCell_Set(cell, Py_None);
    PyObject *own = PyCell_New(NULL);
    PyCell_SET(own, Py_NewRef(Py_None));
    return own;
}
