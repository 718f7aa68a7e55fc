/* A macro of the file borrows the item. */
#include <Python.h>

#define ITEM(seq, i) (PyList_GET_ITEM((seq), (i)))

static PyObject *
first(PyObject *module, PyObject *seq)
{
    PyObject *item = ITEM(seq, 0);  /* FIRES */
    return Py_NewRef(item);
}

static PyMethodDef methods[] = {{"first", first, METH_O, ""}, {NULL}};
