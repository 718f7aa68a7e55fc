/* A scratch buffer is no object. */
#include <Python.h>

static char *
scratch(size_t n)
{
    return PyObject_Malloc(n);  /* FIRES */
}
