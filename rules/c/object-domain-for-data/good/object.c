/* Near miss: an object, and memory given back to where it came from. */
#include <Python.h>

typedef struct { PyObject_HEAD int n; } Thing;

static PyObject *
thing_alloc(PyTypeObject *type, Py_ssize_t n)
{
    PyObject *self = PyObject_Malloc(type->tp_basicsize);
    return self == NULL ? NULL : PyObject_Init(self, type);
}

static Thing *
thing(void)
{
    return (Thing *)PyObject_Malloc(sizeof(Thing));
}

static void
scratch(size_t n)
{
    char *buffer = PyMem_RawMalloc(n);
    PyMem_RawFree(buffer);
}
