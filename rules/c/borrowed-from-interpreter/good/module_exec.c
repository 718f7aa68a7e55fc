/* Near miss: asked for once, while the module is made. */
#include <Python.h>

static int
module_exec(PyObject *module)
{
    PyObject *flags = PySys_GetObject("flags");
    return PyModule_AddObjectRef(module, "flags", flags);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
