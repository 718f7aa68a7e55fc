/* A library calls back with the address that was registered: an object's, which methods change meanwhile. */
#include <Python.h>
#include <wire.h>

typedef struct {
    PyObject_HEAD
    wire_t *wire;
    PyObject *receiver;
} Wire;

static void notice(void *user, const char *text)
{
    PyGILState_STATE state = PyGILState_Ensure();
    Wire *self = (Wire *)user;
    PyObject *receiver = self->receiver;  /* FIRES */
    if (receiver)
        Py_XDECREF(PyObject_CallFunction(receiver, "s", text));
    PyGILState_Release(state);
}

static PyObject *wire_set_receiver(Wire *self, PyObject *receiver)
{
    Py_INCREF(receiver);
    Py_XSETREF(self->receiver, receiver);  /* FIRES */
    wire_on_notice(self->wire, notice, self);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"set_receiver", (PyCFunction)wire_set_receiver, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_methods, methods},
    {0, NULL},
};
