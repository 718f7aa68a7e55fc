/* The counter is moved on in a macro's body: every use is a write. */
#include <Python.h>

static uint64_t version = 0;  /* FIRES */
#define NEXT_VERSION() (++version)

static PyObject *
next(PyObject *module, PyObject *unused)
{


    return PyLong_FromUnsignedLongLong(NEXT_VERSION());  /* FIRES */
}

static PyMethodDef methods[] = {{"next", next, METH_NOARGS, ""}, {NULL}};
