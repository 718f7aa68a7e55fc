/* What comes with the module copies into what the handle leads to, also by way of a function that it calls. */
#include <Python.h>
#include <string.h>

typedef struct { short limits[3]; short count[3]; } detector_state;

typedef struct { PyObject_HEAD detector_state *state; void *memory; } Detector;

static const short quiet[3] = {24, 21, 24};
static const short loud[3] = {94, 94, 94};

static void
detector_fill(detector_state *state, const short *from)
{
    memcpy(state->limits, from, sizeof(state->limits));
}

static int
detector_mode(detector_state *given, int mode)
{
    detector_state *state = given;
    detector_fill(state, mode ? loud : quiet);
    return 0;
}

static int
detector_forget(detector_state *given)
{
    memset(given, 0, sizeof(detector_state));
    return 0;
}

static PyObject *
set_mode(Detector *self, PyObject *unused)
{
    return PyLong_FromLong(detector_mode(self->state, 1));  /* FIRES */
}

static PyObject *
forget(Detector *self, PyObject *unused)
{
    return PyLong_FromLong(detector_forget(self->state));  /* FIRES */
}

static PyMethodDef methods[] = {
    {"set_mode", (PyCFunction)set_mode, METH_NOARGS, ""},
    {"forget", (PyCFunction)forget, METH_NOARGS, ""},
    {NULL}
};
