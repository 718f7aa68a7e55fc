/* Multi-phase with static slots. GIL is the value of the slot; without GIL there is none. */
#include "pyabi.h"

HIDDEN int
exec(PyObject *module)
{
    return PyModule_AddIntConstant(module, "answer", 42);
}

HIDDEN PyModuleDef_Slot slots[] = {
    { MOD_EXEC, exec },
#ifdef GIL
    { MOD_GIL, (void *)GIL },
#endif
    { 0, 0 },
};

/* VISIBLE: reached through the table of global offsets instead of by distance. */
#ifndef VISIBLE
HIDDEN
#else
EXPORT
#endif
PyModuleDef definition = { HEAD, 0, 0, 0, "mod", 0, 0, 0, slots, 0, 0, 0 };

EXPORT PyObject *
PyInit_mod(void)
{
    return PyModuleDef_Init(&definition);
}
