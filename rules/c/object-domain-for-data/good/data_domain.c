/* Near miss: the domain for data. */
#include <Python.h>

static char *
scratch(size_t n)
{
    return PyMem_Malloc(n);
}
