/* One path leaves the function without its thread state. */
#include <Python.h>

static PyObject *
run(PyObject *self, PyObject *unused)
{
    int status;
    Py_BEGIN_ALLOW_THREADS
    status = work();
    if (status < 0) {
        return NULL;  /* FIRES */
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *
save(PyObject *self, PyObject *unused)
{
    PyThreadState *state = PyEval_SaveThread();
    if (work() < 0) {
        return NULL;  /* FIRES */
    }
    PyEval_RestoreThread(state);
    Py_RETURN_NONE;
}
