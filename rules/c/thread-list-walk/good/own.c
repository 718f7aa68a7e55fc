/* Near miss: the thread's own state, and a look at the interpreters while the module is made. */
#include <Python.h>

static PyObject *
visit(PyObject *self, PyObject *unused)
{
    look(PyThreadState_Get());
    Py_RETURN_NONE;
}

static int
module_exec(PyObject *module)
{
    look(PyInterpreterState_ThreadHead(PyInterpreterState_Head()));
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
