/* Asked for up to 3.13, where the free-threaded build was experimental; declared from 3.14 on. */
#include <Python.h>

static PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030E0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#elif PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_USED},  /* FIRES */
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "x", NULL, 0, NULL, slots};

PyMODINIT_FUNC
PyInit_x(void)
{
    return PyModuleDef_Init(&definition);
}
