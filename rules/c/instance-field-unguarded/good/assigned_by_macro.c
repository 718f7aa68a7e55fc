/* Near miss: the function that gets the address only looks, or the macro is used on what is the caller's own. */
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *context;
} Manager;

static void
assign(PyObject **target, PyObject *value)
{
    Py_XDECREF(*target);
    *target = value;
}

static int
is_set(PyObject **target, PyObject *value)
{
    return *target == value;
}

#define ASSIGN(target, value) assign(&(target), (value))
#define IS_SET(target, value) is_set(&(target), (value))

static PyObject *
Manager_getattro(Manager *self, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr((PyObject *)self, name);
    if (found == NULL && IS_SET(self->context, name)) {
        ASSIGN(found, Py_NewRef(name));
    }
    return found;
}

static PyTypeObject Manager_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "managers.Manager",
    .tp_basicsize = sizeof(Manager),
    .tp_getattro = (getattrofunc)Manager_getattro,
};
