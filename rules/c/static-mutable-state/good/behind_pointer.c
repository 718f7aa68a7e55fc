/* Near miss: a list that is changed under a lock, one that is only looked at, and one that each call makes. */
#include <Python.h>

typedef struct { int head; int size; void **items; } freelist;
typedef struct { PyMutex lock; int head; void **items; } own_list;

static freelist *contexts;
static own_list *others;
static PyMutex lock;

void *
freelist_get(freelist *list)
{
    return list->items[list->head--];
}

int
freelist_size(freelist *list)
{
    return list->size;
}

void
own_list_drop(own_list *list)
{
    PyMutex_Lock(&list->lock);
    list->head--;
    PyMutex_Unlock(&list->lock);
}

static PyObject *
enter(PyObject *module, PyObject *unused)
{
    PyMutex_Lock(&lock);
    void *context = freelist_get(contexts);
    PyMutex_Unlock(&lock);
    return PyLong_FromVoidPtr(context);
}

static PyObject *
size(PyObject *module, PyObject *unused)
{
    freelist own = {2, 3, NULL};
    freelist *mine = &own;
    freelist_get(mine);
    own_list_drop(others);
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
    others = own_list_make();
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec}, {0, NULL}};
