/* Two init hooks in one file: only the one that bears the file's name counts, whatever the other says. */
#include "pyabi.h"

HIDDEN int exec(PyObject *module) { return PyModule_AddIntConstant(module, "answer", 42); }

HIDDEN PyModuleDef_Slot silent[] = { { MOD_EXEC, exec }, { 0, 0 } };
HIDDEN PyModuleDef_Slot declaring[] = { { MOD_EXEC, exec }, { MOD_GIL, (void *)1 }, { 0, 0 } };
HIDDEN PyModuleDef mod = { HEAD, 0, 0, 0, "mod", 0, 0, 0, silent, 0, 0, 0 };
HIDDEN PyModuleDef other = { HEAD, 0, 0, 0, "other", 0, 0, 0, declaring, 0, 0, 0 };

EXPORT PyObject *PyInit_other(void) { return PyModuleDef_Init(&other); }
EXPORT PyObject *PyInit_mod(void) { return PyModuleDef_Init(&mod); }
