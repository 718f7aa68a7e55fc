/* A static buffer that only a library's function can have filled. */
#include <Python.h>

static PyObject *
compare(PyObject *self, PyObject *other)
{
    static char warning[256];  /* FIRES */
    lib_snprintf(warning, sizeof(warning), "compared with %s", Py_TYPE(other)->tp_name);  /* FIRES */
    if (PyErr_WarnEx(PyExc_Warning, warning, 1)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"compare", compare, METH_O, ""},
    {NULL}
};
