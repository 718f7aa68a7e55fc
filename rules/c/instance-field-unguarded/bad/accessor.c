/* The field is reached through a macro that takes any object for the type. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *wrapped; } Proxy;
#define PROXY(o) ((Proxy *)(o))
#define WRAPPED(o) (((Proxy *)(o))->wrapped)
#define INSIDE(o) (PROXY(o)->wrapped)

static PyObject *
proxy_repr(PyObject *self)
{
    return PyObject_Repr(WRAPPED(self));  /* FIRES */
}

static PyObject *
proxy_iter(PyObject *self)
{
    return PyObject_GetIter(INSIDE(self));  /* FIRES */
}

static int
proxy_set(PyObject *self, PyObject *value, void *closure)
{
    Py_XSETREF(((Proxy *)self)->wrapped, Py_NewRef(value));  /* FIRES */
    return 0;
}

static PyGetSetDef getset[] = {{"wrapped", NULL, (setter)proxy_set, NULL, NULL}, {NULL}};

static PyTypeObject Proxy_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Proxy",
    .tp_repr = (reprfunc)proxy_repr,
    .tp_iter = (getiterfunc)proxy_iter,
    .tp_getset = getset,
};
