/* The call that needs a thread state stands in a helper. */
#include <Python.h>

static int
fail(const char *text)
{
    PyErr_SetString(PyExc_OSError, text);
    return -1;
}

static PyObject *
run(PyObject *self, PyObject *unused)
{
    int status = 0;
    Py_BEGIN_ALLOW_THREADS
    if (work() < 0) {
        status = fail("no work");  /* FIRES */
    }
    Py_END_ALLOW_THREADS
    return status < 0 ? NULL : Py_NewRef(Py_None);
}
