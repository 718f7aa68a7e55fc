/* The call is gone from 3.13, and never excluded other attached threads there. */
#include <Python.h>

static void
slow_down(void)
{
    _PyEval_SetSwitchInterval(100000);  /* FIRES */
}

static long total;

static void
add(long n)
{
    PyEval_AcquireLock();  /* FIRES */
    total += n;
    PyEval_ReleaseLock();  /* FIRES */
}

static int
held(void)
{
    return PyGILState_Check();  /* FIRES */
}
