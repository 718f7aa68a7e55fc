/* Single-phase; the declaration is a call before the hook returns.
 *
 * HOW  0 none, 1 a constant, 2 through a helper that is handed the value, 3 by the interpreter's version,
 *      4 by what another library answers
 */
#include "pyabi.h"

HIDDEN PyModuleDef definition = { HEAD, 0, 0, 0, "mod", 0, (size)-1, 0, 0, 0, 0, 0 };

#if HOW == 2
__attribute__((noinline)) HIDDEN int
declare(PyObject *module, long value)
{
    return PyUnstable_Module_SetGIL(module, (void *)value);
}
#endif

#if HOW == 4
IMPORT int elsewhere(void);
#endif

EXPORT PyObject *
PyInit_mod(void)
{
    PyObject *module = PyModule_Create2(&definition, 1013);
    if (!module)
        return 0;
    if (PyModule_AddIntConstant(module, "answer", 42) < 0)
        return 0;
#if HOW == 1
    PyUnstable_Module_SetGIL(module, (void *)1);
#elif HOW == 2
    if (declare(module, 1) < 0)
        return 0;
#elif HOW == 3
    PyUnstable_Module_SetGIL(module, (void *)(size)(Py_GetVersion()[2] == '9'));
#elif HOW == 4
    PyUnstable_Module_SetGIL(module, (void *)(size)(elsewhere() == 7));
#endif
    return module;
}
