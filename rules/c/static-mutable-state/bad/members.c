/* A struct of variables: the member that a method writes is the one that is read, the others are constants. */
#include <Python.h>

static struct { PyObject *error; PyObject *last; } state;  /* FIRES */

static PyObject *
put(PyObject *self, PyObject *value)
{
    state.last = Py_NewRef(value);  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
get(PyObject *self, PyObject *unused)
{
    return Py_NewRef(state.last);  /* FIRES */
}

static PyObject *
fail(PyObject *self, PyObject *unused)
{
    PyErr_SetNone(state.error);
    return NULL;
}

static int
module_exec(PyObject *module)
{
    state.error = PyErr_NewException("m.error", NULL, NULL);
    return state.error == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyMethodDef methods[] = {
    {"put", put, METH_O, ""},
    {"get", get, METH_NOARGS, ""},
    {"fail", fail, METH_NOARGS, ""},
    {NULL}
};
