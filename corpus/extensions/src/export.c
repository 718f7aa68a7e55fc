/* PyModExport (3.15): slots handed over without a definition; the GIL slot lies in a nested array.
 *
 * ABI       flags of the PyABIInfo: 2 builds with the GIL, 4 free-threaded, 7 both (abi3t)
 * OLD_ARRAY the GIL slot lies in an array of the old kind, nested as such
 * OLD_HOOK  also a PyInit for older interpreters, which says nothing about the GIL
 */
#define PY315
#include "pyabi.h"

HIDDEN int exec(PyObject *module) { return PyModule_AddIntConstant(module, "answer", 42); }

HIDDEN PyABIInfo abi = { 1, 0, ABI, 0x030f02f0, 0x030f0000 };
#ifdef OLD_ARRAY
HIDDEN PyModuleDef_Slot array[] = { { MOD_GIL, (void *)1 }, { 0, 0 } };
HIDDEN PySlot inner[] = { { MOD_SLOTS, 0, 0, { array } }, { 0, 0, 0, { 0 } } };
#else
HIDDEN PySlot inner[] = { { MOD_GIL, INTPTR, 0, { .word = 1 } }, { 0, 0, 0, { 0 } } };
#endif
HIDDEN PySlot slots[] = {
    { MOD_ABI, 0, 0, { &abi } },
    { MOD_NAME, 0, 0, { "mod" } },
    { MOD_EXEC, 0, 0, { exec } },
    { SLOT_SUBSLOTS, 0, 0, { inner } },
    { 0, 0, 0, { 0 } },
};

EXPORT PySlot *PyModExport_mod(void) { return slots; }

#ifdef OLD_HOOK
HIDDEN PyModuleDef_Slot old[] = { { MOD_EXEC, exec }, { 0, 0 } };
HIDDEN PyModuleDef definition = { HEAD, 0, 0, 0, "mod", 0, 0, 0, old, 0, 0, 0 };
EXPORT PyObject *PyInit_mod(void) { return PyModuleDef_Init(&definition); }
#endif
