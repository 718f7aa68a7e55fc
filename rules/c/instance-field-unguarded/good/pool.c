/* Near miss: what a maker takes from a pool of free objects is nobody else's yet; it fills in fields set only there. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *state; } Shell;

static Shell *pool_pop(PyObject *state);

static Shell *
shell_new(PyObject *state, PyTypeObject *type)
{
    Shell *shell = pool_pop(state);
    if (shell == NULL) {
        shell = PyObject_GC_New(Shell, type);
        if (shell == NULL) {
            return NULL;
        }
    }
    shell->state = Py_NewRef(state);
    return shell;
}

static PyObject *
shell_state(Shell *self, PyObject *unused)
{
    return Py_NewRef(self->state);
}

static PyObject *
make(PyObject *module, PyObject *type)
{
    return (PyObject *)shell_new(module, (PyTypeObject *)type);
}

static PyMethodDef methods[] = {
    {"state", (PyCFunction)shell_state, METH_NOARGS, ""},
    {"make", make, METH_O, ""},
    {NULL}
};
