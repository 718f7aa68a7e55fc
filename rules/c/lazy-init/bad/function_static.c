/* The classic: an interned string kept in a static; declaration, test and filling are one finding. */
#include <Python.h>

static PyObject *
name(PyObject *self, PyObject *unused)
{
    static PyObject *text = NULL;  /* FIRES */
    if (text == NULL) {
        text = PyUnicode_InternFromString("name");
    }
    return Py_XNewRef(text);
}

static PyMethodDef methods[] = {
    {"name", name, METH_NOARGS, ""},
    {NULL}
};
