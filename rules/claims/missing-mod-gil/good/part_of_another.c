/* Near miss: the entry's name is put together by macros, and the second definition is that of a part of its module. */
#include <Python.h>

#define JOIN_AGAIN(x, y) x##y
#define JOIN(x, y) JOIN_AGAIN(x, y)
#define ENTRY JOIN(PyInit_, MODULE_NAME)

static struct PyModuleDef constants = {PyModuleDef_HEAD_INIT, "pkg.constants", NULL, -1, NULL};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef whole = {PyModuleDef_HEAD_INIT, "pkg", NULL, 0, NULL, slots};

int
add_constants(PyObject *package)
{
    PyObject *part = NULL;
    part = PyModule_Create(&constants);
    if (part == NULL) {
        return -1;
    }
    return PyModule_AddObject(package, "constants", part);
}

PyMODINIT_FUNC
ENTRY(void)
{
    return PyModuleDef_Init(&whole);
}
