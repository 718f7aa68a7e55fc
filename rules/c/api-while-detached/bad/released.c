/* What asks for a thread state may be called without one, and has none again once that is given back. */
#include <Python.h>

typedef struct { Py_buffer view; void *list; } blob;

void
destroy_blob(blob *one)
{
    PyGILState_STATE state;

    state = PyGILState_Ensure();
    PyBuffer_Release(&one->view);
    PyGILState_Release(state);

    take_from_list(one->list);
    PyMem_Free(one);  /* FIRES */
}

void
report(PyObject *callback, int code)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallFunction(callback, "i", code);
    PyGILState_Release(state);
    Py_XDECREF(result);  /* FIRES */
}
