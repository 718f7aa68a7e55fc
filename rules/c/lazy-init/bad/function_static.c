/* The classic: an interned string kept in a static. */
#include <Python.h>

static PyObject *
name(PyObject *self, PyObject *unused)
{
    static PyObject *text = NULL;  /* FIRES */
    if (text == NULL) {
        text = PyUnicode_InternFromString("name");  /* FIRES */
    }
    return Py_XNewRef(text);
}

static PyMethodDef methods[] = {
    {"name", name, METH_NOARGS, ""},
    {NULL}
};
