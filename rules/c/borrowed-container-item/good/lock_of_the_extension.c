/* Near miss: the lock is the container's, or the container is the extension's own or made for the call, or a section on
   it is open. */
#include <Python.h>

static PyMutex everything;

typedef struct { PyObject_HEAD PyObject *table; } Thing;

static PyObject *
first_of(PyObject *list)
{
    return Py_NewRef(PyList_GET_ITEM(list, 0));
}

static PyObject *
locked(PyObject *self, PyObject *list)
{
    LIST_LOCK(list);
    PyObject *one = PyList_GET_ITEM(list, 0);
    Py_INCREF(one);
    LIST_UNLOCK(list);
    return one;
}

static PyObject *
find(Thing *self, PyObject *key)
{
    PyMutex_Lock(&everything);
    PyObject *hit = PyDict_GetItem(self->table, key);
    Py_XINCREF(hit);
    PyMutex_Unlock(&everything);
    return hit;
}

static PyObject *
first(Thing *self, PyObject *list)
{
    PyObject *one;
    PyMutex_Lock(&everything);
    Py_BEGIN_CRITICAL_SECTION(list);
    one = first_of(list);
    Py_END_CRITICAL_SECTION();
    PyMutex_Unlock(&everything);
    return one;
}

static PyObject *
named(PyObject *keywords)
{
    return Py_XNewRef(PyDict_GetItemString(keywords, "name"));
}

static PyObject *
make(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyMutex_Lock(&everything);
    PyObject *name = named(keywords);
    PyMutex_Unlock(&everything);
    return name;
}

static PyMethodDef methods[] = {
    {"locked", locked, METH_O, ""},
    {"find", (PyCFunction)find, METH_O, ""},
    {"first", (PyCFunction)first, METH_O, ""},
    {"make", (PyCFunction)make, METH_VARARGS | METH_KEYWORDS, ""},
    {NULL}
};
