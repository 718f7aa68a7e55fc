/* Members of CPython's structures that went before there was a free-threaded build. */
#include <Python.h>

static PyObject *
depth(PyObject *module, PyObject *unused)
{
    PyThreadState *tstate = PyThreadState_Get();
    return PyLong_FromLong(tstate->recursion_depth);  /* FIRES */
}

static PyObject *
is_traced(PyObject *module, PyObject *unused)
{
    return PyBool_FromLong(PyThreadState_GET()->use_tracing);  /* FIRES */
}

static PyObject *
last(PyFrameObject *frame, PyObject *unused)
{
    return PyLong_FromLong(frame->f_lasti);  /* FIRES */
}
