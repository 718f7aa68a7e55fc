/* Near miss: attached again before each return, and functions that detach or attach for their callers. */
#include <Python.h>

static PyObject *
run(PyObject *self, PyObject *unused)
{
    int status;
    Py_BEGIN_ALLOW_THREADS
    status = work();
    if (status < 0) {
        Py_BLOCK_THREADS
        return NULL;
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *
save(PyObject *self, PyObject *unused)
{
    PyThreadState *state = PyEval_SaveThread();
    if (work() < 0) {
        PyEval_RestoreThread(state);
        return NULL;
    }
    PyEval_RestoreThread(state);
    Py_RETURN_NONE;
}

static PyThreadState *
detach(void)
{
    return PyEval_SaveThread();
}
