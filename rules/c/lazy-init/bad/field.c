/* The dict of an instance, made by whichever thread asks first. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *dict; } Thing;

static PyObject *
thing_getdict(Thing *self, void *closure)
{
    if (self->dict == NULL) {  /* FIRES */
        self->dict = PyDict_New();
    }
    return Py_XNewRef(self->dict);
}

static PyGetSetDef getset[] = {
    {"__dict__", (getter)thing_getdict, NULL},
    {NULL}
};
