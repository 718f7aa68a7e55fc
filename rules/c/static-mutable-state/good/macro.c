/* Near miss: the macro changes what it is given, here a local of that name, and reads a constant. */
#include <Python.h>

static const int step = 2;
#define ADVANCE(n) ((n) += step)

static PyObject *
next(PyObject *module, PyObject *arg)
{
    long n = PyLong_AsLong(arg);
    return PyLong_FromLong(ADVANCE(n));
}

static PyMethodDef methods[] = {{"next", next, METH_O, ""}, {NULL}};
