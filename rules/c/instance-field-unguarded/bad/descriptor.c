/* A number that one method closes is no mere number: another thread's call may reach a file that was opened since. */
#include <Python.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct { PyObject_HEAD int fd; } Device;

static PyObject *
device_close(Device *self, PyObject *Py_UNUSED(ignored))
{
    if (self->fd >= 0) {  /* FIRES */
        close(self->fd);
        self->fd = -1;
    }
    Py_RETURN_NONE;
}

static PyObject *
device_reset(Device *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(ioctl(self->fd, 17, 0));  /* FIRES */
}

static PyMethodDef device_methods[] = {
    {"close", (PyCFunction)device_close, METH_NOARGS, NULL},
    {"reset", (PyCFunction)device_reset, METH_NOARGS, NULL},
    {NULL},
};
