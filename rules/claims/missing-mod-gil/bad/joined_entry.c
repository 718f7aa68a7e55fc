/* The entry's name is put together by macros; what it returns is made elsewhere, and has a part of its own. */
#include <Python.h>

#define JOIN_AGAIN(x, y) x##y
#define JOIN(x, y) JOIN_AGAIN(x, y)
#define ENTRY JOIN(PyInit_, MODULE_NAME)

static struct PyModuleDef constants = {PyModuleDef_HEAD_INIT, "pkg.constants", NULL, -1, NULL};
static struct PyModuleDef whole = {PyModuleDef_HEAD_INIT, "pkg", NULL, -1, NULL};

static int
add_constants(PyObject *package)
{
    PyObject *part = PyModule_Create(&constants);
    return part == NULL ? -1 : PyModule_AddObject(package, "constants", part);
}

static PyObject *
make(void)
{
    PyObject *module = PyModule_Create(&whole);  /* FIRES */
    return module == NULL || add_constants(module) < 0 ? NULL : module;
}

PyMODINIT_FUNC
ENTRY(void)
{
    return make();
}
