/* Near miss: a table that is only looked things up in, and keywords that nobody changes. */
#include <Python.h>

static PyObject *
look_up(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"key", NULL};
    static double weights[] = {0.1, 0.2, 0.4};
    int key;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "i", keywords, &key)) {
        return NULL;
    }
    return PyFloat_FromDouble(lib_weigh(weights, key));
}

static PyMethodDef methods[] = {
    {"look_up", (PyCFunction)look_up, METH_VARARGS | METH_KEYWORDS, ""},
    {NULL}
};
