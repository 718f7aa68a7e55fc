/* Near miss: a pointer that is only compared with NULL is not followed; a helper takes the lock for whoever calls it. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *wrapped; } Proxy;

static PyObject *
acquire(PyObject *owner, PyObject **field)
{
    PyObject *value;
    Py_BEGIN_CRITICAL_SECTION(owner);
    value = *field;
    Py_XINCREF(value);
    Py_END_CRITICAL_SECTION();
    return value;
}

static PyObject *
proxy_repr(Proxy *self)
{
    if (self->wrapped == NULL) {
        return NULL;
    }
    PyObject *wrapped = acquire((PyObject *)self, &self->wrapped);
    PyObject *result = PyObject_Repr(wrapped);
    Py_DECREF(wrapped);
    return result;
}

static int
proxy_set(Proxy *self, PyObject *value, void *closure)
{
    Py_INCREF(value);
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_XSETREF(self->wrapped, value);
    Py_END_CRITICAL_SECTION();
    return 0;
}

static PyGetSetDef getset[] = {{"wrapped", NULL, (setter)proxy_set, NULL, NULL}, {NULL}};

static PyTypeObject Proxy_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_repr = (reprfunc)proxy_repr,
    .tp_getset = getset,
};
