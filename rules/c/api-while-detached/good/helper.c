/* Near miss: a helper that attaches by itself, one without Python in it, and one that is called after the stretch. */
#include <Python.h>

static int
fail(const char *text)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyErr_SetString(PyExc_OSError, text);
    PyGILState_Release(state);
    return -1;
}

static int
count(int n)
{
    return n + 1;
}

static PyObject *
later(void)
{
    PyErr_SetString(PyExc_OSError, "later");
    return NULL;
}

static PyObject *
run(PyObject *self, PyObject *unused)
{
    int status = 0;
    Py_BEGIN_ALLOW_THREADS
    if (work() < 0) {
        status = fail("no work");
    }
    status = count(status);
    Py_END_ALLOW_THREADS
    return status < 0 ? later() : Py_NewRef(Py_None);
}
