/* Near miss: an address that is taken for two things is not known for either, and a function that compares is called by
   whoever sorts, with what that has. */
#include <Python.h>
#include <wire.h>

typedef struct {
    PyObject_HEAD
    long rank;
    PyObject *receiver;
} Wire;

typedef struct {
    Wire *wire;
} Frame;

static void notice(void *user, const char *text)
{
    PyGILState_STATE state = PyGILState_Ensure();
    Wire *self = text ? (Wire *)user : ((Frame *)user)->wire;
    PyObject *receiver = self->receiver;
    if (receiver)
        Py_XDECREF(PyObject_CallFunction(receiver, "s", text));
    PyGILState_Release(state);
}

static int compare(const void *left, const void *right)
{
    const Wire *one = (const Wire *)left, *other = (const Wire *)right;
    return one->rank < other->rank;
}

static PyObject *wire_set_receiver(Wire *self, PyObject *receiver)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_INCREF(receiver);
    Py_XSETREF(self->receiver, receiver);
    self->rank += 1;
    Py_END_CRITICAL_SECTION();
    wire_on_notice(notice, compare);
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
