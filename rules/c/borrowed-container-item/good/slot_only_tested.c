/* Near miss: a slot is compared with NULL and never used. */
#include <Python.h>

static int
filled(PyObject *self, PyObject *list)
{
    if (PyList_GET_ITEM(list, 0) != NULL) {
        return 1;
    }
    return 0;
}
