/* Near miss: both are locked, and a lock of the whole guards its parts. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *items; } Thing;
typedef struct { PyObject_HEAD Thing *first; } Whole;

static PyObject *
thing_take(Thing *self, PyObject *from)
{
    Thing *other = (Thing *)from;
    Py_BEGIN_CRITICAL_SECTION2(self, other);
    Py_XSETREF(self->items, Py_XNewRef(other->items));
    Py_END_CRITICAL_SECTION2();
    Py_RETURN_NONE;
}

static PyObject *
whole_take(Whole *self, Thing *thing)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_XSETREF(thing->items, PyList_New(0));
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"take", (PyCFunction)thing_take, METH_O, ""}, {NULL}};
