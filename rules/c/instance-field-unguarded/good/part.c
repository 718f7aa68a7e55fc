/* Near miss: the same, with the lock where the object is at hand; and a struct of that type on the stack. */
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
    Py_BEGIN_CRITICAL_SECTION(self);
    list_clear(&self->list);
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyObject *
scratch(PyObject *module, PyObject *unused)
{
    list_t mine = {0, NULL};
    list_clear(&mine);
    mine.size = 1;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"clear", (PyCFunction)bag_clear, METH_NOARGS, ""},
    {"scratch", (PyCFunction)scratch, METH_NOARGS, ""},
    {NULL}
};
