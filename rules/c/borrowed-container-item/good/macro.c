/* Near miss: the macro takes a reference by itself, or looks into a list that is ours. */
#include <Python.h>

#define ITEM(seq, i) (PyList_GET_ITEM((seq), (i)))
#define STRONG_ITEM(seq, i) PyList_GetItemRef((seq), (i))

static PyObject *
first(PyObject *module, PyObject *seq)
{
    PyObject *copy = PySequence_List(seq);
    PyObject *item = ITEM(copy, 0);
    Py_DECREF(copy);
    return item ? STRONG_ITEM(seq, 0) : NULL;
}

static PyMethodDef methods[] = {{"first", first, METH_O, ""}, {NULL}};
