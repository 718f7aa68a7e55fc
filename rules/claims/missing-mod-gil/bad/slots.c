/* Multi-phase initialisation whose slots say nothing about the GIL. */
#include <Python.h>

static int
fast_exec(PyObject *module)
{
    return 0;
}

static PyModuleDef_Slot fast_slots[] = {  /* FIRES */
    {Py_mod_exec, fast_exec},
#if PY_VERSION_HEX >= 0x030c0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef fast_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pkg.fast",
    .m_slots = fast_slots,
};

PyMODINIT_FUNC
PyInit_fast(void)
{
    return PyModuleDef_Init(&fast_module);
}
