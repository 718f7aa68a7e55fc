/* Near miss: the public call. */
#include <Python.h>

static int
has_len(PyObject *ob)
{
    PyObject *found;
    PyObject *list = PyList_New(1);
    PyList_SET_ITEM(list, 0, Py_NewRef(ob));
    return PyObject_GetOptionalAttr(ob, Py_None, &found);
}
