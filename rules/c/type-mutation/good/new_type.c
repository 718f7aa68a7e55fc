/* Near miss: a type that nobody else has yet, the supported way, and another dict. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *names; } Thing;

static PyType_Spec spec;

static PyObject *
make(PyObject *self, PyObject *type)
{
    PyTypeObject *made = (PyTypeObject *)PyType_FromSpec(&spec);
    if (made == NULL || PyDict_SetItemString(made->tp_dict, "hook", Py_None) < 0) {
        return NULL;
    }
    made->tp_dict = PyDict_New();
    PyObject *dict = made->tp_dict;
    PyObject *other = PyDict_New();
    if (PyDict_SetItemString(dict, "hook", Py_None) < 0 || PyDict_SetItemString(other, "hook", Py_None) < 0) {
        return NULL;
    }
    Py_SETREF(made->tp_mro, PyTuple_New(0));
    return PyObject_SetAttrString(type, "hook", Py_None) < 0 ? NULL : (PyObject *)made;
}

static int
note(Thing *thing)
{
    return PyDict_SetItemString(thing->names, "hook", Py_None);
}

static PyMethodDef methods[] = {{"make", make, METH_O, ""}, {NULL}};
