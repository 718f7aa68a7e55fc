/* The address of the slots is cut to a boundary and combined with a distance, the way code for vectors and tagged
 * pointers does; and what an unknown number has in its low bits is masked away before it is used. */
#include "pyabi.h"

IMPORT unsigned long elsewhere(void);

HIDDEN int exec(PyObject *module) { return PyModule_AddIntConstant(module, "answer", 42); }

HIDDEN _Alignas(64) PyModuleDef_Slot slots[] = { { MOD_EXEC, exec }, { MOD_GIL, (void *)GIL }, { 0, 0 } };
HIDDEN PyModuleDef definition = { HEAD, 0, 0, 0, "mod", 0, 0, 0, 0, 0, 0, 0 };

EXPORT PyObject *
PyInit_mod(void)
{
    volatile size nothing = 0;
    size at = ((size)slots + 32) & ~(size)63;
    size none = elsewhere() & nothing;
    definition.slots = (PyModuleDef_Slot *)(at | none);
    return PyModuleDef_Init(&definition);
}
