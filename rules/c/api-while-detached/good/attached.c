/* Near miss: the result is carried out, and the error set after attaching. */
#include <Python.h>

static PyObject *
pause(PyObject *self, PyObject *unused)
{
    int woken;
    Py_BEGIN_ALLOW_THREADS
    woken = sleep(1);
    Py_END_ALLOW_THREADS
    if (woken) {
        PyErr_SetString(PyExc_OSError, "woken");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
read_all(PyObject *self, PyObject *unused)
{
    Py_BEGIN_ALLOW_THREADS
    if (sleep(1)) {
        Py_BLOCK_THREADS
        PyErr_SetString(PyExc_OSError, "woken");
        return NULL;
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}
