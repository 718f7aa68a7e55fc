/* A setter drops the old value, a getter lends it. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *name; } Thing;

static int
thing_set_name(Thing *self, PyObject *value, void *closure)
{
    Py_XSETREF(self->name, Py_XNewRef(value));  /* FIRES */
    return 0;
}

static PyObject *
thing_get_name(Thing *self, void *closure)
{
    return Py_XNewRef(self->name);  /* FIRES */
}

static PyGetSetDef getset[] = {
    {"name", (getter)thing_get_name, (setter)thing_set_name},
    {NULL}
};
