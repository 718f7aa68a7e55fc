/* One build drops what the macro is given, another keeps it. */
#include <Python.h>

#ifdef NO_STATS
#define STATS(x)
#else
#define STATS(x) x
#endif

typedef struct { PyObject_HEAD size_t calls; } Tracer;

static PyObject *
tracer_call(Tracer *self, PyObject *arg)
{
    STATS( self->calls++; )  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
tracer_clear(Tracer *self, PyObject *unused)
{
    STATS( self->calls = 0; )  /* FIRES */
    return PyLong_FromSize_t(self->calls);
}

static PyMethodDef methods[] = {
    {"call", (PyCFunction)tracer_call, METH_O, ""},
    {"clear", (PyCFunction)tracer_clear, METH_NOARGS, ""},
    {NULL}
};
