/* Near miss: values that stand for nothing else, what only looks, and the object that is being made. */
#include <Python.h>
#include <sys/acl.h>

typedef struct { PyObject_HEAD acl_permset_t permset; unit_length_t length; clockid_t clock; } Permset;

static PyObject *
get_right(Permset *self, void *right)
{
    return PyBool_FromLong(acl_get_perm(self->permset, *(acl_perm_t *)right));
}

static int
set_length(Permset *self, PyObject *value, void *unused)
{
    return print_set_width(self->length) + clock_settime(self->clock, &now);
}

static PyObject *
permset_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    Permset *made = (Permset *)PyType_GenericNew(type, args, keywords);
    if (made != NULL && acl_add_perm(made->permset, 1) < 0) {
        Py_CLEAR(made);
    }
    return (PyObject *)made;
}

static PyGetSetDef properties[] = {{"right", get_right, (setter)set_length, "", NULL}, {NULL}};

static PyTypeObject Permset_Type = {.tp_getset = properties, .tp_new = permset_new};
