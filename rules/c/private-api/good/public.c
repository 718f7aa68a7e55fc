/* Near miss: the public call. */
#include <Python.h>

static int
has_len(PyObject *ob)
{
    PyObject *found;
    return PyObject_GetOptionalAttr(ob, Py_None, &found);
}
