/* A counter that a method bumps and another reads. */
#include <Python.h>

static long calls = 0;  /* FIRES */

static PyObject *
count(PyObject *self, PyObject *unused)
{
    calls++;  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
total(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(calls);  /* FIRES */
}

static PyMethodDef methods[] = {
    {"count", count, METH_NOARGS, ""},
    {"total", total, METH_NOARGS, ""},
    {NULL}
};
