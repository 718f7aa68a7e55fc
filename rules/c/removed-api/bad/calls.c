/* Calls of Python 2 that lived on for long. */
#include <Python.h>

static PyObject *
run(PyObject *self, PyObject *callable)
{
    const void *bytes;
    Py_ssize_t length;
    if (PyObject_AsReadBuffer(self, &bytes, &length) < 0) {  /* FIRES */
        return NULL;
    }
    return PyEval_CallObject(callable, NULL);  /* FIRES */
}
