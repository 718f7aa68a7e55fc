/* Near miss: the macro drops what it is given, and the switch that would keep it is off. */
#include <Python.h>

#ifndef COLLECT_STATS
#define COLLECT_STATS 0
#endif

#if COLLECT_STATS
#define STATS(x) x
#else
#define STATS(x)
#endif

#define TRACE(...) ((void)0)

typedef struct { PyObject_HEAD size_t calls; PyObject *last; } Tracer;

static PyObject *
tracer_call(Tracer *self, PyObject *arg)
{
    STATS( self->calls++; )
    TRACE("last %p", self->last = arg);
    Py_RETURN_NONE;
}

static PyObject *
tracer_clear(Tracer *self, PyObject *unused)
{
    STATS( self->calls = 0; )
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"call", (PyCFunction)tracer_call, METH_O, ""},
    {"clear", (PyCFunction)tracer_clear, METH_NOARGS, ""},
    {NULL}
};
