/* Near miss: the dict of a thread state is used by its thread alone. */
#include <Python.h>

static PyObject *
current(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    PyThreadState *state = PyThreadState_Get();
    PyObject *found = PyDict_GetItemString(state->dict, "m.current");
    if (found == NULL) {
        Py_RETURN_NONE;
    }
    return Py_NewRef(found);
}

static PyMethodDef methods[] = {
    {"current", current, METH_NOARGS, ""},
    {NULL}
};
