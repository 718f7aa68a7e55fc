/* Near miss: the way that borrows is taken for tuples only, which never change. */
#include <Python.h>

static PyObject *
total(PyObject *module, PyObject *items)
{
    long sum = 0;
#ifdef Py_GIL_DISABLED
    if (PyTuple_Check(items)) {
#else
    if (PyTuple_Check(items) || PyList_Check(items)) {
#endif
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); i++) {
            sum += PyLong_AsLong(PySequence_Fast_GET_ITEM(items, i));
        }
    }
    return PyLong_FromLong(sum);
}

static PyMethodDef methods[] = {{"total", total, METH_O, NULL}, {NULL}};
