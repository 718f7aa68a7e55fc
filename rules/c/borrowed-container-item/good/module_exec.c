/* Near miss: the module is being made, no other thread can have it. */
#include <Python.h>

static PyObject *
find(PyObject *table, PyObject *key)
{
    return PyDict_GetItem(table, key);
}

static int
module_exec(PyObject *module)
{
    PyObject *table = PyModule_GetDict(module);
    PyObject *name = PyDict_GetItemString(table, "__name__");
    if (PyDict_GetItemString(table, "__doc__") != NULL) {
        name = find(table, name);
    }
    return name == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
