/* Single-phase initialisation without a call that declares; an old branch that no such build compiles has one. */
#include <Python.h>

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT, "_speedups", NULL, -1, NULL,
};

PyMODINIT_FUNC
PyInit__speedups(void)
{
    PyObject *module = PyModule_Create(&module_definition);  /* FIRES */
#if PY_VERSION_HEX < 0x030d0000
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    return module;
}
