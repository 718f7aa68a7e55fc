/* The error is set before the thread is attached again. */
#include <Python.h>

static PyObject *
pause(PyObject *self, PyObject *unused)
{
    Py_BEGIN_ALLOW_THREADS
    if (sleep(1) != 0) {
        PyErr_SetString(PyExc_OSError, "woken");  /* FIRES */
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}
