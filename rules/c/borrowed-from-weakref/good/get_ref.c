/* Near miss: the call that returns a strong reference. */
#include <Python.h>

static PyObject *
target(PyObject *self, PyObject *ref)
{
    PyObject *ob;
    if (PyWeakref_GetRef(ref, &ob) < 0) {
        return NULL;
    }
    return ob;
}
