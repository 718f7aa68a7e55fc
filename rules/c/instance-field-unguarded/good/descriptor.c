/* Near miss: nobody closes the descriptor before the object ends, and its number alone is told to Python. */
#include <Python.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct { PyObject_HEAD int fd; } Device;

static void
device_dealloc(Device *self)
{
    close(self->fd);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
device_reset(Device *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(ioctl(self->fd, 17, 0));
}

static PyMethodDef device_methods[] = {
    {"reset", (PyCFunction)device_reset, METH_NOARGS, NULL},
    {NULL},
};

static PyTypeObject Device_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Device",
    .tp_dealloc = (destructor)device_dealloc,
    .tp_methods = device_methods,
};
