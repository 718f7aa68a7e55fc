/* A buffer of a function, filled by the C library for every caller. */
#include <Python.h>

static PyObject *
show(PyObject *self, PyObject *number)
{
    static char text[64];  /* FIRES */
    snprintf(text, sizeof(text), "%ld", PyLong_AsLong(number));  /* FIRES */
    return PyUnicode_FromString(text);
}

static PyMethodDef methods[] = {{"show", show, METH_O, ""}, {NULL}};
