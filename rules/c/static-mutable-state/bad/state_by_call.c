/* The state of a module, used as the function returns it, without a variable for it. */
#include <Python.h>

typedef struct {
    PyObject *last;
    PyObject *error;
} modstate;

static inline modstate *
get_state(PyObject *module)
{
    return (modstate *)PyModule_GetState(module);
}

static PyObject *
put(PyObject *module, PyObject *value)
{
    Py_XSETREF(get_state(module)->last, Py_NewRef(value));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
get(PyObject *module, PyObject *unused)
{
    return Py_NewRef(get_state(module)->last);  /* FIRES */
}

static PyObject *
fail(PyObject *module, PyObject *unused)
{
    PyErr_SetNone(get_state(module)->error);
    return NULL;
}

static int
module_exec(PyObject *module)
{
    get_state(module)->error = PyErr_NewException("m.error", NULL, NULL);
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyMethodDef methods[] = {
    {"put", put, METH_O, ""},
    {"get", get, METH_NOARGS, ""},
    {"fail", fail, METH_NOARGS, ""},
    {NULL}
};
