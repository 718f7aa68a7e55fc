/* Near miss: a definition that no import enters; it only adds a namespace to another module. */
#include <Python.h>

static struct PyModuleDef part = {PyModuleDef_HEAD_INIT, "pkg.part", NULL, -1, NULL};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef whole = {PyModuleDef_HEAD_INIT, "pkg", NULL, 0, NULL, slots};

int
add_part(PyObject *module)
{
    return PyModule_Add(module, "part", PyModule_Create(&part));
}

PyMODINIT_FUNC
PyInit_pkg(void)
{
    return PyModuleDef_Init(&whole);
}
