/* A helper fills the cache that its callers keep. */
#include <Python.h>

static int
cached_import(const char *module, const char *name, PyObject **cache)
{
    if (*cache == NULL) {  /* FIRES */
        PyObject *found = PyImport_ImportModule(module);
        if (found == NULL) {
            return -1;
        }
        *cache = PyObject_GetAttrString(found, name);
        Py_DECREF(found);
    }
    return *cache == NULL ? -1 : 0;
}

static PyObject *
compile(PyObject *self, PyObject *pattern)
{
    static PyObject *function = NULL;
    if (cached_import("re", "compile", &function) < 0) {
        return NULL;
    }
    return PyObject_CallOneArg(function, pattern);
}

static PyMethodDef methods[] = {
    {"compile", compile, METH_O, ""},
    {NULL}
};
