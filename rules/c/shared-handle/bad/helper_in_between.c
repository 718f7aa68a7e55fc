/* The handle goes through a function of the project's own, which hands it on to the library. */
#include <Python.h>
#include <squeeze.h>

typedef struct {
    PyObject_HEAD
    SqueezeState *state;
} Squeezer;

static PyObject *
run(SqueezeState *state, const char *bytes, Py_ssize_t size)
{
    SqueezeResult result;
    Py_BEGIN_ALLOW_THREADS
    result = SqueezeStream(state, bytes, size);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(result);
}

static long
told(const SqueezeState *state)
{
    return SqueezeGetCount(state);
}

static PyObject *
squeezer_process(Squeezer *self, PyObject *arg)
{
    if (!self->state) {
        return NULL;
    }
    return run(self->state, PyBytes_AS_STRING(arg), PyBytes_GET_SIZE(arg));  /* FIRES */
}

static PyObject *
squeezer_count(Squeezer *self, PyObject *unused)
{
    return PyLong_FromLong(told(self->state));
}

static PyMethodDef methods[] = {
    {"process", (PyCFunction)squeezer_process, METH_O, ""},
    {"count", (PyCFunction)squeezer_count, METH_NOARGS, ""},
    {NULL}
};
