/* Near miss: what is copied comes out of what the handle leads to. */
#include <Python.h>
#include <string.h>

typedef struct { short limits[3]; short count[3]; } detector_state;

typedef struct { PyObject_HEAD detector_state *state; } Detector;

static int
detector_limits(detector_state *state, short *out)
{
    memcpy(out, state->limits, sizeof(state->limits));
    return 0;
}

static PyObject *
limits(Detector *self, PyObject *unused)
{
    short out[3];
    detector_limits(self->state, out);
    return Py_BuildValue("hhh", out[0], out[1], out[2]);
}

static PyMethodDef methods[] = {
    {"limits", (PyCFunction)limits, METH_NOARGS, ""},
    {NULL}
};
