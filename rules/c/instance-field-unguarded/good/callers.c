/* Near miss: the callers hold the lock, the field is constant after tp_new, or the object is fresh. */
#include <Python.h>

typedef struct { PyObject_HEAD Py_ssize_t len; int kind; char *items; } Buf;

static void
grow(Buf *self, Py_ssize_t n)
{
    self->items = realloc(self->items, n);
    self->len = n;
}

static PyObject *
buf_grow(Buf *self, PyObject *arg)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    grow(self, self->len + self->kind);
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(self->kind);
}

static PyObject *
buf_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Buf *self = (Buf *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->kind = 1;
    grow(self, 1);
    return (PyObject *)self;
}

static PyTypeObject Buf_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "buf.Buf",
    .tp_new = buf_new,
};

static PyMethodDef methods[] = {
    {"grow", (PyCFunction)buf_grow, METH_O, ""},
    {NULL}
};
