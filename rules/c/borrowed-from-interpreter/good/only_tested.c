/* Near miss: whether it is there is all that is asked; and a call that makes something new. */
#include <Python.h>

static int
interactive(void)
{
    if (PySys_GetObject("ps1") != NULL) {
        return 1;
    }
    Py_XDECREF(PyLong_FromLong(1));
    return 0;
}
