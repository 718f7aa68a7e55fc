/* A flag that keeps a warning from being given twice: two threads may still both give it. */
#include <Python.h>

static PyObject *
use_old_name(PyObject *module, PyObject *arg)
{
    static int already_warned = 0;  /* FIRES */
    if (!already_warned) {
        already_warned = 1;
        if (PyErr_WarnEx(PyExc_DeprecationWarning, "the old name goes away", 1) < 0) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"use_old_name", use_old_name, METH_O, ""},
    {NULL}
};
