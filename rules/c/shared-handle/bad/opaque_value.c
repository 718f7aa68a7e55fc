/* A library's own type that is a pointer by another name: what says to change it changes what it stands for. */
#include <Python.h>
#include <sys/acl.h>

typedef struct { PyObject_HEAD acl_t acl; } List;

typedef struct { PyObject_HEAD PyObject *list; acl_permset_t permset; } Permset;

static int
set_right(Permset *self, PyObject *value, void *right)
{
    return acl_add_perm(self->permset, *(acl_perm_t *)right);  /* FIRES */
}

static PyObject *
entry_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    List *parent;
    if (!PyArg_ParseTuple(args, "O!", &List_Type, &parent)) {
        return NULL;
    }
    Permset *made = (Permset *)PyType_GenericNew(type, args, keywords);
    if (made != NULL && acl_create_entry(&parent->acl, &made->permset) < 0) {  /* FIRES */
        Py_CLEAR(made);
    }
    return (PyObject *)made;
}

static PyGetSetDef properties[] = {{"right", NULL, (setter)set_right, "", NULL}, {NULL}};

static PyTypeObject Permset_Type = {.tp_getset = properties, .tp_new = entry_new};
