/* A struct that an object holds by value: helpers change it through its address, and only the methods can lock. */
#include <Python.h>

typedef struct { Py_ssize_t size; PyObject **items; } list_t;

typedef struct { PyObject_HEAD list_t list; } Bag;

static int
list_clear(list_t *list)
{
    while (list->size > 0) {
        Py_CLEAR(list->items[--list->size]);
    }
    return 0;
}

static PyObject *
bag_clear(Bag *self, PyObject *unused)
{
    if (list_clear(&self->list) < 0) {  /* FIRES */
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
bag_get(Bag *self, PyObject *index)
{
    Py_ssize_t i = PyLong_AsSsize_t(index);
    if (i >= self->list.size) {  /* FIRES */
        return NULL;
    }

    return Py_NewRef(self->list.items[i]);  /* FIRES */
}

static PyMethodDef methods[] = {
    {"clear", (PyCFunction)bag_clear, METH_NOARGS, ""},
    {"get", (PyCFunction)bag_get, METH_O, ""},
    {NULL}
};
