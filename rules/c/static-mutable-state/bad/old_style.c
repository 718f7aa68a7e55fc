/* A function that declares its parameters behind its head, as C had it before C23, where no compiler is told otherwise. */
#include <Python.h>

static unsigned long seed;  /* FIRES */

#ifdef ANSI_DECLARATORS
static unsigned long next(unsigned long most, int *left)
#else
static unsigned long next(most, left)
unsigned long most;
int *left;
#endif
{
    seed = (seed * 1366 + 150889) % 714025;  /* FIRES */
    *left -= 1;
    return seed % most;
}

static PyObject *
draw(PyObject *self, PyObject *most)
{
    int left = 1;
    return PyLong_FromUnsignedLong(next(PyLong_AsUnsignedLong(most), &left));
}

static PyMethodDef methods[] = {{"draw", draw, METH_O, ""}, {NULL}};
