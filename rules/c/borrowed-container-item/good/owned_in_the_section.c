/* Near miss: a reference is taken inside, only the answer is kept, and the helper's caller may have lent its own list. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *names; } Thing;

static PyObject *
first(PyObject *self, PyObject *list)
{
    PyObject *item;
    Py_BEGIN_CRITICAL_SECTION(list);
    item = PyList_GET_ITEM(list, 0);
    Py_INCREF(item);
    Py_END_CRITICAL_SECTION();
    PyObject *text = PyObject_Str(item);
    Py_DECREF(item);
    return text;
}

static int
has(PyObject *self, PyObject *table)
{
    PyObject *found;
    Py_BEGIN_CRITICAL_SECTION(table);
    found = PyDict_GetItemWithError(table, self);
    Py_END_CRITICAL_SECTION();
    return found != NULL;
}

static PyObject *
of(Thing *self, PyObject *list)
{
    PyObject *item;
    Py_BEGIN_CRITICAL_SECTION(self);
    item = Py_NewRef(PyList_GET_ITEM(list, 0));
    Py_END_CRITICAL_SECTION();
    return item;
}

static PyObject *
all(Thing *self, PyObject *unused)
{
    return of(self, self->names);
}

static PyMethodDef methods[] = {
    {"first", first, METH_O, ""},
    {"all", (PyCFunction)all, METH_NOARGS, ""},
    {NULL}
};
