/* Near miss: a free-threaded build compiles only one of the two. */
#include <Python.h>

static PyModuleDef_Slot slots[] = {
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#elif PY_VERSION_HEX >= 0x030d0000
    {Py_mod_gil, Py_MOD_GIL_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "x", NULL, 0, NULL, slots};

PyMODINIT_FUNC
PyInit_x(void)
{
    return PyModuleDef_Init(&definition);
}
