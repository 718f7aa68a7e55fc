/* Taken from one domain, given to another. */
#include <Python.h>

static int
copy(PyObject *self, size_t n)
{
    char *buffer = PyMem_Malloc(n);
    if (buffer == NULL) {
        return -1;
    }
    PyMem_RawFree(buffer);  /* FIRES */
    return 0;
}
