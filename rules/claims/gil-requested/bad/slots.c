/* The author asks for the GIL. */
#include <Python.h>

static PyModuleDef_Slot slots[] = {
    {Py_mod_gil, Py_MOD_GIL_USED},  /* FIRES */
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "x", NULL, 0, NULL, slots};

PyMODINIT_FUNC
PyInit_x(void)
{
    return PyModuleDef_Init(&definition);
}
