/* The borrowed reference travels through a function of the same file. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *cache; } Thing;

static PyObject *
find(PyObject *cache, PyObject *key)
{
    return PyDict_GetItem(cache, key);  /* FIRES */
}

static PyObject *
thing_get(Thing *self, PyObject *key)
{
    PyObject *hit = find(self->cache, key);  /* FIRES */
    return Py_XNewRef(hit);
}
