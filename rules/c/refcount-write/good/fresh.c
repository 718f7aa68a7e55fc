/* Near miss: the object was made here, module set-up, and a call that counts as it should. */
#include <Python.h>

static PyObject *kept;

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *made = PyList_New(0);
    Py_SET_REFCNT(made, 1);
    Py_INCREF(self);
    return made;
}

static int
module_exec(PyObject *module)
{
    Py_SET_REFCNT(kept, 2);
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
