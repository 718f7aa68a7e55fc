/* The section is on the other object of the two. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *items; } Thing;

static PyObject *
thing_take(Thing *self, PyObject *from)
{
    Thing *other = (Thing *)from;
    Py_BEGIN_CRITICAL_SECTION(other);
    Py_XSETREF(self->items, Py_XNewRef(other->items));  /* FIRES */
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyObject *
thing_items(Thing *self, PyObject *unused)
{
    PyObject *items;
    Py_BEGIN_CRITICAL_SECTION(self);
    items = Py_XNewRef(self->items);
    Py_END_CRITICAL_SECTION();
    return items;
}

static PyMethodDef methods[] = {
    {"take", (PyCFunction)thing_take, METH_O, ""},
    {"items", (PyCFunction)thing_items, METH_NOARGS, ""},
    {NULL}
};
