/* What the helper changes is behind a handle; its own finding and those of its callers speak of the same thing. */
#include <Python.h>
#include <ziplib.h>

typedef struct { PyObject_HEAD zip_context *context; int level; } Packer;

static int
packer_ready(Packer *self)
{
    return zip_context_reset(self->context);  /* FIRES */
}

static PyObject *
packer_start(Packer *self, PyObject *unused)
{
    if (packer_ready(self)) {  /* FIRES */
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"start", (PyCFunction)packer_start, METH_NOARGS, ""},
    {NULL}
};
