/* Near miss: the same while the module is made, under a lock, on a fresh object, and reading only. */
#include <Python.h>

static PyTypeObject Thing_Type;
static PyMutex types;
extern _Thread_local struct { int count; PyObject *names; } state;

static int
module_exec(PyObject *module)
{
    Thing_Type.tp_dict = PyDict_New();
    if (PyDict_SetItemString(Thing_Type.tp_dict, "hook", Py_None) < 0) {
        return -1;
    }
    PyType_Modified(&Thing_Type);
    Thing_Type.tp_new = PyType_GenericNew;
    Py_SET_TYPE(module, &Thing_Type);
    module->ob_type = &Thing_Type;
    return 0;
}

static PyObject *
look(PyObject *self, PyObject *unused)
{
    int there = PyDict_Contains(Thing_Type.tp_dict, unused);
    PyDict_SetItemString(unused, "there", Py_True);
    state.count = 1;
    PyDict_SetItemString(state.names, "there", Py_True);
    PyMutex_Lock(&types);
    Thing_Type.tp_flags |= Py_TPFLAGS_HEAPTYPE;
    PyType_Modified(&Thing_Type);
    Py_SET_TYPE(unused, &Thing_Type);
    unused->ob_type = &Thing_Type;
    PyMutex_Unlock(&types);
    PyObject *made = PyList_New(0);
    Py_SET_TYPE(made, &Thing_Type);
    made->ob_type = &Thing_Type;
    made->ob_next = NULL;
    return made;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
