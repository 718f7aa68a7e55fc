/* Near miss: two dicts of this call that take turns in a loop. */
#include <Python.h>

static PyObject *
longest(PyObject *module, PyObject *words)
{
    PyObject *last = PyDict_New();
    PyObject *next = PyDict_New();
    long best = 0;
    for (int i = 0; i < 10; i++) {
        PyObject *key = PyLong_FromLong(i);
        PyObject *found = PyDict_GetItem(last, key);
        if (found != NULL) {
            best = PyLong_AsLong(found);
        }
        Py_DECREF(key);
        PyObject *turn = last;
        last = next;
        next = turn;
        PyDict_Clear(next);
    }
    Py_DECREF(last);
    Py_DECREF(next);
    return PyLong_FromLong(best);
}

static PyMethodDef methods[] = {
    {"longest", longest, METH_O, ""},
    {NULL}
};
