/* A module kept in a static of the function that needs it. */
#include <Python.h>

static PyObject *
now(PyObject *self, PyObject *unused)
{
    static PyObject *module = NULL;  /* FIRES */
    PyObject *zone = NULL;

    if (!PyArg_ParseTuple(unused, "|O", &zone)) {
        return NULL;
    }
    if (!module) {
        module = PyImport_ImportModule("datetime");
    }
    return PyObject_CallMethod(module, "now", "O", zone);
}

static PyMethodDef methods[] = {
    {"now", now, METH_NOARGS, ""},
    {NULL}
};
