/* Which of the two is compiled is the project's own secret. */
#include <Python.h>

static PyModuleDef_Slot slots[] = {
#ifdef MY_THREADS
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#else
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
