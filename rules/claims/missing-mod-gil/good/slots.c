/* Near miss: the slot is there, by a macro that exists only where the interpreter knows it. */
#include <Python.h>

#ifdef Py_mod_gil
#define GIL_SLOT {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#else
#define GIL_SLOT
#endif

static PyModuleDef_Slot slots[] = {
    GIL_SLOT
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "fast", NULL, 0, NULL, slots};

PyMODINIT_FUNC
PyInit_fast(void)
{
    return PyModuleDef_Init(&definition);
}
