/* A call that public API replaced in 3.13. */
#include <Python.h>

static int
has_len(PyObject *ob)
{
    PyObject *found;
    return _PyObject_LookupAttr(ob, Py_None, &found);  /* FIRES */
}
