/* Who only looks at a handle that another method closes may look at what is gone. */
#include <Python.h>
#include <store.h>

typedef struct { PyObject_HEAD store_t *store; } Store;

static PyObject *
store_last_error(Store *self, void *closure)
{
    return PyLong_FromLong(store_errno(self->store));  /* FIRES */
}

static PyObject *
store_shut(Store *self, PyObject *Py_UNUSED(ignored))
{
    store_close(self->store);  /* FIRES */
    Py_RETURN_NONE;
}

static PyGetSetDef getset[] = {{"last_error", (getter)store_last_error, NULL, NULL, NULL}, {NULL}};
static PyMethodDef methods[] = {{"close", (PyCFunction)store_shut, METH_NOARGS, NULL}, {NULL}};
