/* The object may be gone before it is INCREF'd. */
#include <Python.h>

static PyObject *
target(PyObject *self, PyObject *ref)
{
    PyObject *ob = PyWeakref_GET_OBJECT(ref);  /* FIRES */
    Py_INCREF(ob);
    return ob;
}
