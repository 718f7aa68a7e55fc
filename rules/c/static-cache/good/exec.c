/* Near miss: the same object, made while the module is; and a number, which is no object. */
#include <Python.h>

static PyObject *module = NULL;

static PyObject *
now(PyObject *self, PyObject *unused)
{
    static int warned = 0;
    if (!warned) {
        warned = 1;
    }
    return PyObject_CallMethod(module, "now", NULL);
}

static PyMethodDef methods[] = {
    {"now", now, METH_NOARGS, ""},
    {NULL}
};

static int
module_exec(PyObject *self)
{
    if (!module) {
        module = PyImport_ImportModule("datetime");
    }
    return module == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
