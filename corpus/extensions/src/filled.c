/* Slots in zero-filled memory, written when the hook runs, as pybind11 does. Without GIL no slot is written. */
#include "pyabi.h"

HIDDEN int exec(PyObject *module) { return PyModule_AddIntConstant(module, "answer", 42); }

HIDDEN PyModuleDef definition = { HEAD, 0, 0, 0, "mod", 0, 0, 0, 0, 0, 0, 0 };
HIDDEN PyModuleDef_Slot slots[4];

__attribute__((noinline)) HIDDEN PyModuleDef_Slot *
fill(PyModuleDef_Slot *next)
{
    next->slot = MOD_EXEC;
    next->value = exec;
    next++;
#ifdef GIL
    next->slot = MOD_GIL;
    next->value = (void *)GIL;
    next++;
#endif
    next->slot = 0;
    next->value = 0;
    return slots;
}

EXPORT PyObject *
PyInit_mod(void)
{
    definition.slots = fill(slots);
    return PyModuleDef_Init(&definition);
}
