/* Near miss: the lookup that returns a strong reference. */
#include <Python.h>

static PyObject *
lookup(PyObject *self, PyObject *table)
{
    PyObject *hit = NULL;
    /* PyDict_GetItem(table, self) would borrow */
    if (PyDict_GetItemRef(table, self, &hit) < 0) {
        return NULL;
    }
    return hit;
}
