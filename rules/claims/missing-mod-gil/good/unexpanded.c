/* Near miss: a macro from elsewhere stands among the slots, and may be the declaration. */
#include <Python.h>
#include "common.h"

static PyModuleDef_Slot slots[] = {
    COMMON_SLOTS
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "x", NULL, 0, NULL, slots};

PyMODINIT_FUNC
PyInit_x(void)
{
    return PyModuleDef_Init(&definition);
}
