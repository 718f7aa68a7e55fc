/* Single-phase; on the way to the end a helper works for longer than anybody follows.
 *
 * INSIDE  the helper itself declares, so that whoever passes it over does not see that
 */
#include "pyabi.h"

HIDDEN PyModuleDef definition = { HEAD, 0, 0, 0, "mod", 0, (size)-1, 0, 0, 0, 0, 0 };

__attribute__((noinline)) HIDDEN int
work(PyObject *module)
{
    volatile unsigned n = 0;
    while (n < 3000000)
        n++;
#ifdef INSIDE
    return PyUnstable_Module_SetGIL(module, (void *)1);
#else
    return PyModule_AddIntConstant(module, "n", n);
#endif
}

EXPORT PyObject *
PyInit_mod(void)
{
    PyObject *module = PyModule_Create2(&definition, 1013);
    if (!module)
        return 0;
    if (PyModule_AddIntConstant(module, "answer", 42) < 0)
        return 0;
    if (work(module) < 0)
        return 0;
#ifndef INSIDE
    PyUnstable_Module_SetGIL(module, (void *)1);
#endif
    return module;
}
