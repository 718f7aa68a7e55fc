/* Hooks that a helper replaces, kept in a static and in the module's state. */
#include <Python.h>

typedef struct { PyObject *startup; } state_t;

static PyObject *on_exit;

static PyObject *set_hook(PyObject **hook, PyObject *function)
{
    if (function == Py_None) {
        Py_CLEAR(*hook);
        Py_RETURN_NONE;
    }
    Py_XSETREF(*hook, Py_NewRef(function));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *set_on_exit(PyObject *module, PyObject *function)
{
    return set_hook(&on_exit, function);
}

static PyObject *set_startup(PyObject *module, PyObject *function)
{
    state_t *state = PyModule_GetState(module);
    return set_hook(&state->startup, function);
}

static PyMethodDef methods[] = {
    {"set_on_exit", set_on_exit, METH_O, NULL},
    {"set_startup", set_startup, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
