/* Near miss: nothing is said, which is another finding. */
#include <Python.h>

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "x", NULL, -1, NULL};

PyMODINIT_FUNC
PyInit_x(void)
{
    return PyModule_Create(&definition);
}
