/* Near miss: a helper that the init function calls makes the module and declares. */
#include <Python.h>

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_x", NULL, -1, NULL};

static PyObject *
make(void)
{
    PyObject *module = PyModule_Create(&definition);
#ifdef Py_GIL_DISABLED
    if (module != NULL && PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED) < 0) {
        return NULL;
    }
#endif
    return module;
}

PyMODINIT_FUNC
PyInit__x(void)
{
    return make();
}
