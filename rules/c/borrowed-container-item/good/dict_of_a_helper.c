/* Near miss: helpers hand on the dict of the thread, and a list that they made or failed to make. */
#include <Python.h>

static PyObject *
dict_of_thread(void)
{
    PyObject *dict = PyThreadState_GetDict();
    if (dict == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "no thread");
        return NULL;
    }
    return dict;
}

static PyObject *
collect(Py_ssize_t count)
{
    PyObject *list = PyList_New(0);
    if (list == NULL) {
        return PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        append_number(list, i);
    }
    return list;
}

static PyObject *
deepest(PyObject *list)
{
    return Py_NewRef(PyList_GET_ITEM(list, 0));
}

static PyObject *
state_of(PyObject *self, PyObject *unused)
{
    PyObject *dict = dict_of_thread();
    if (dict == NULL) {
        return NULL;
    }
    PyObject *state = PyDict_GetItemString(dict, "state");
    PyObject *list = collect(PyObject_Size(state));
    return list == NULL ? NULL : deepest(list);
}

static PyMethodDef methods[] = {{"state", state_of, METH_NOARGS, ""}, {NULL}};
