/* Near miss: a struct of variables of which only another one is written after the module is made; that one has a lock. */
#include <Python.h>

static struct { PyObject *error; int calls; } state;
static PyMutex lock;

static PyObject *
call(PyObject *self, PyObject *unused)
{
    PyMutex_Lock(&lock);
    state.calls++;
    PyMutex_Unlock(&lock);
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
static PyMethodDef methods[] = {{"call", call, METH_NOARGS, ""}, {NULL}};
