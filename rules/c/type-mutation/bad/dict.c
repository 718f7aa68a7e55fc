/* The dict of a type that was handed over, by way of a local, and its order of bases. */
#include <Python.h>

static PyObject *
add(PyObject *self, PyObject *type)
{
    PyObject *dict = ((PyTypeObject *)type)->tp_dict;
    PyObject *own = PyType_GetDict((PyTypeObject *)type);
    if (PyDict_SetItemString(dict, "hook", Py_None) < 0) {  /* FIRES */
        return NULL;
    }
    if (PyDict_SetItemString(own, "hook", Py_None) < 0) {  /* FIRES */
        return NULL;
    }
    Py_SETREF(((PyTypeObject *)type)->tp_mro, PyTuple_New(0));  /* FIRES */
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"add", add, METH_O, ""}, {NULL}};
