/* The test is made before the lock is taken, and `close` takes away what it found. */
#include <Python.h>
#include <lib.h>

typedef struct { PyObject_HEAD lib_url *url; PyMutex mutex; } Proxy;

static PyObject *
proxy_close(Proxy *self, PyObject *unused)
{
    PyMutex_Lock(&self->mutex);
    self->url = NULL;
    PyMutex_Unlock(&self->mutex);
    Py_RETURN_NONE;
}

static PyObject *
proxy_get(Proxy *self, PyObject *unused)
{
    if (self->url == NULL) {  /* FIRES */
        PyErr_SetString(PyExc_ValueError, "closed");
        return NULL;
    }
    PyMutex_Lock(&self->mutex);
    long size = self->url->size;
    PyMutex_Unlock(&self->mutex);
    return PyLong_FromLong(size);
}

static PyMethodDef methods[] = {
    {"close", (PyCFunction)proxy_close, METH_NOARGS, ""},
    {"get", (PyCFunction)proxy_get, METH_NOARGS, ""},
    {NULL}
};
