/* Near miss: the same inside a critical section, in tp_new and in tp_dealloc. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *name; } Thing;

static int
thing_set_name(Thing *self, PyObject *value, void *closure)
{
    PyObject *old;
    Py_BEGIN_CRITICAL_SECTION(self);
    old = self->name;
    self->name = Py_XNewRef(value);
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(old);
    return 0;
}

static PyObject *
thing_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Thing *self = (Thing *)type->tp_alloc(type, 0);
    self->name = NULL;
    return (PyObject *)self;
}

static void
thing_dealloc(Thing *self)
{
    Py_CLEAR(self->name);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject Thing_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "thing.Thing",
    .tp_new = thing_new,
    .tp_dealloc = (destructor)thing_dealloc,
};

static PyGetSetDef getset[] = {
    {"name", NULL, (setter)thing_set_name},
    {NULL}
};
