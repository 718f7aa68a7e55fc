/* Near miss: what the library's documentation makes for other threads to call. */
#include <Python.h>
#include <uv.h>

typedef struct {
    PyObject_HEAD
    uv_async_t *wake;
} Waker;

static PyObject *waker_send(Waker *self, PyObject *unused)
{
    if (uv_async_send(self->wake) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"send", (PyCFunction)waker_send, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_methods, methods},
    {0, NULL},
};
