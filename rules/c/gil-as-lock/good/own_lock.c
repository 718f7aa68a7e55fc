/* Near miss: the same under a lock of its own. */
#include <Python.h>

static long seen;
static PyMutex lock;

static void
on_event(void *unused)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyMutex_Lock(&lock);
    seen += 1;
    PyMutex_Unlock(&lock);
    PyGILState_Release(state);
}

static PyObject *
watch(PyObject *self, PyObject *unused)
{
    lib_register(on_event);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"watch", watch, METH_NOARGS, ""},
    {NULL}
};
