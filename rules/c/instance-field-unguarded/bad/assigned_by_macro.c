/* A macro hands the field's address to a function that drops what is there and stores another. */
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *context;
    PyObject *policy;
} Manager;

static void
assign(PyObject **target, PyObject *value)
{
    Py_XDECREF(*target);
    *target = value;
}

#define ASSIGN(target, value) assign(&(target), (value))

static PyObject *
Manager_getattro(Manager *self, PyObject *name)
{
    if (is_called(name, "context")) {
        Py_INCREF(self->context);  /* FIRES */
        return self->context;
    }
    return PyObject_GenericGetAttr((PyObject *)self, name);
}

static int
Manager_setattro(Manager *self, PyObject *name, PyObject *value)
{
    if (is_called(name, "context")) {
        Py_INCREF(value);
        ASSIGN(self->context, value);  /* FIRES */
        return 0;
    }
    Py_INCREF(value);
    assign(&self->policy, value);  /* FIRES */
    return 0;
}

static PyTypeObject Manager_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "managers.Manager",
    .tp_basicsize = sizeof(Manager),
    .tp_getattro = (getattrofunc)Manager_getattro,
    .tp_setattro = (setattrofunc)Manager_setattro,
};
