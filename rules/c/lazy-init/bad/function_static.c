/* The classic: an interned string kept in a static. */
#include <Python.h>

static PyObject *
name(PyObject *self, PyObject *unused)
{
    static PyObject *text = NULL;
    if (text == NULL) {  /* FIRES */
        text = PyUnicode_InternFromString("name");
    }
    return Py_XNewRef(text);
}

static PyMethodDef methods[] = {
    {"name", name, METH_NOARGS, ""},
    {NULL}
};
