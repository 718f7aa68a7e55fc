/* A profiler that visits all threads. */
#include <Python.h>

static PyObject *
visit(PyObject *self, PyObject *unused)
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Get());  /* FIRES */
    while (state != NULL) {
        look(state);
        state = PyThreadState_Next(state);  /* FIRES */
    }
    Py_RETURN_NONE;
}
