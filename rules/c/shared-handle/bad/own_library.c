/* The library comes with its sources, so that what it does with the handle can be read. */
#include <Python.h>

typedef struct { double *values; int count; int iterations; } solver_work;

typedef struct { PyObject_HEAD solver_work *work; } Solver;

static int
solver_step(solver_work *work)
{
    work->iterations++;
    work->values[0] *= 2;
    return work->count;
}

static int
solver_count(const solver_work *work)
{
    return work->count;
}

static PyObject *
solve(Solver *self, PyObject *unused)
{
    int steps;
    Py_BEGIN_ALLOW_THREADS
    steps = solver_step(self->work);  /* FIRES */
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(steps);
}

static PyObject *
step(Solver *self, PyObject *unused)
{
    return PyLong_FromLong(solver_step(self->work));  /* FIRES */
}

static PyObject *
count(Solver *self, PyObject *unused)
{
    return PyLong_FromLong(solver_count(self->work));
}

static PyMethodDef methods[] = {
    {"solve", (PyCFunction)solve, METH_NOARGS, ""},
    {"step", (PyCFunction)step, METH_NOARGS, ""},
    {"count", (PyCFunction)count, METH_NOARGS, ""},
    {NULL}
};
