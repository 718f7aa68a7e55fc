/* Near miss: what took their place, old calls where only old Pythons compile them, and ones that other rules speak of. */
#include <Python.h>

static PyObject *
run(PyObject *self, PyObject *callable)
{
#if PY_VERSION_HEX < 0x030D0000
    return PyEval_CallObject(callable, NULL);
#else
    PyEval_AcquireLock();
    _PyObject_LookupAttr(self, callable, NULL);
    PyWeakref_GetObject(callable);
    return PyObject_CallNoArgs(callable);
#endif
}
