/* Near miss: given back last, on a way that leaves, with an allocator that needs no thread state, and asked for again. */
#include <Python.h>

typedef struct { Py_buffer view; void *list; } blob;

void
destroy_blob(blob *one)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyBuffer_Release(&one->view);
    PyMem_Free(one->list);
    PyGILState_Release(state);
    PyMem_RawFree(one);
}

int
report(PyObject *callback, int code)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallFunction(callback, "i", code);
    if (result == NULL) {
        PyErr_Print();
        PyGILState_Release(state);
        return -1;
    }
    Py_DECREF(result);
    PyGILState_Release(state);
    return 0;
}

void
report_twice(PyObject *callback)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallNoArgs(callback);
    PyGILState_Release(state);
    wait_a_little();
    state = PyGILState_Ensure();
    Py_XDECREF(result);
    PyGILState_Release(state);
}

static PyObject *
count_with(PyObject *callback)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallNoArgs(callback);
    PyGILState_Release(state);
    return result == NULL ? NULL : PyLong_FromSsize_t(PyObject_Length(result));
}

static PyObject *
count(PyObject *module, PyObject *callback)
{
    return count_with(callback);
}

static PyMethodDef methods[] = {
    {"count", count, METH_O, ""},
    {NULL}
};
