/* Near miss: a bare test for null, and what is there is fetched or replaced under the lock. No method takes it away
   again: it goes when the object goes. */
#include <Python.h>
#include <lib.h>

typedef struct { PyObject_HEAD PyObject *wrapped; lib_url *url; PyMutex mutex; } Proxy;

static PyObject *
proxy_acquire(Proxy *self)
{
    PyObject *one;
    Py_BEGIN_CRITICAL_SECTION(self);
    one = Py_XNewRef(self->wrapped);
    Py_END_CRITICAL_SECTION();
    return one;
}

static PyObject *
proxy_inplace_add(Proxy *self, PyObject *other)
{
    if (!self->wrapped) {
        PyErr_SetString(PyExc_ValueError, "not initialised");
        return NULL;
    }
    PyObject *wrapped = proxy_acquire(self);
    PyObject *sum = PyNumber_InPlaceAdd(wrapped, other);
    Py_DECREF(wrapped);
    if (sum == NULL) {
        return NULL;
    }
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_SETREF(self->wrapped, sum);
    Py_END_CRITICAL_SECTION();
    return Py_NewRef(self);
}

static PyObject *
proxy_open(Proxy *self, PyObject *text)
{
    PyMutex_Lock(&self->mutex);
    self->url = lib_open(PyUnicode_AsUTF8(text));
    PyMutex_Unlock(&self->mutex);
    Py_RETURN_NONE;
}

static PyObject *
proxy_get(Proxy *self, PyObject *unused)
{
    if (self->url == NULL) {
        PyErr_SetString(PyExc_ValueError, "not open");
        return NULL;
    }
    PyMutex_Lock(&self->mutex);
    long size = self->url->size;
    PyMutex_Unlock(&self->mutex);
    return PyLong_FromLong(size);
}

static int
proxy_clear(Proxy *self)
{
    Py_CLEAR(self->wrapped);
    self->url = NULL;
    return 0;
}

static PyTypeObject Proxy_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "proxy.Proxy",
    .tp_clear = (inquiry)proxy_clear,
};

static PyMethodDef methods[] = {
    {"add", (PyCFunction)proxy_inplace_add, METH_O, ""},
    {"open", (PyCFunction)proxy_open, METH_O, ""},
    {"get", (PyCFunction)proxy_get, METH_NOARGS, ""},
    {NULL}
};
