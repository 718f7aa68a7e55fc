/* Near miss: an assertion about the caller, and thread set-up while the module is made. */
#include <Python.h>

static void
callback(void)
{
    assert(PyGILState_Check());
}

static int
module_exec(PyObject *module)
{
    PyEval_InitThreads();
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
