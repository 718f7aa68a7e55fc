/* A free list that a static points to: the pointer stays, and what it points to is changed by those who are handed it. */
#include <Python.h>

typedef struct { int head; int size; void **items; } freelist;

static freelist *contexts;

void *
freelist_get(freelist *list)
{
    return list->items[list->head--];  /* FIRES */
}

int
freelist_size(freelist *list)
{
    return list->size;
}

static PyObject *
enter(PyObject *module, PyObject *unused)
{
    void *context = freelist_get(contexts);
    return PyLong_FromVoidPtr(context);
}

static PyObject *
size(PyObject *module, PyObject *unused)
{
    return PyLong_FromLong(freelist_size(contexts));
}

static PyMethodDef methods[] = {
    {"enter", enter, METH_NOARGS, ""},
    {"size", size, METH_NOARGS, ""},
    {NULL}
};

static int
exec(PyObject *module)
{
    contexts = freelist_make(10);
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec}, {0, NULL}};
