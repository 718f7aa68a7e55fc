/* The item is never used, but the lookup is not atomic with what follows and drops errors. */
#include <Python.h>

static int
known(PyObject *self, PyObject *table)
{
    if (PyDict_GetItem(table, self) != NULL) {  /* FIRES */
        return 1;
    }
    return PyObject_IsTrue(table) != 0;
}
