/* Near miss: the handle is looked at under the lock that closing it takes. */
#include <Python.h>
#include <store.h>

typedef struct { PyObject_HEAD store_t *store; PyMutex mutex; } Store;

static PyObject *
store_last_error(Store *self, void *closure)
{
    PyMutex_Lock(&self->mutex);
    int last = store_errno(self->store);
    PyMutex_Unlock(&self->mutex);
    return PyLong_FromLong(last);
}

static PyObject *
store_shut(Store *self, PyObject *Py_UNUSED(ignored))
{
    PyMutex_Lock(&self->mutex);
    store_close(self->store);
    PyMutex_Unlock(&self->mutex);
    Py_RETURN_NONE;
}

static PyGetSetDef getset[] = {{"last_error", (getter)store_last_error, NULL, NULL, NULL}, {NULL}};
static PyMethodDef methods[] = {{"close", (PyCFunction)store_shut, METH_NOARGS, NULL}, {NULL}};
