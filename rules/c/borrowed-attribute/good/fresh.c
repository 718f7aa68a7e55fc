/* Near miss: the object was made here. */
#include <Python.h>

static PyObject *
fresh(PyObject *self, PyObject *type)
{
    PyObject *made = PyType_GenericNew((PyTypeObject *)type, NULL, NULL);
    PyObject **dict = _PyObject_GetDictPtr(made);
    if (dict != NULL) {
        *dict = PyDict_New();
    }
    return made;
}
