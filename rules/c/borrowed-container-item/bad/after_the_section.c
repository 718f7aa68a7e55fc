/* Borrowed under the lock, used without it; and under the lock of something else. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *names; } Thing;

static PyObject *
first(PyObject *self, PyObject *list)
{
    PyObject *item;
    Py_BEGIN_CRITICAL_SECTION(list);
    item = PyList_GET_ITEM(list, 0);  /* FIRES */
    Py_END_CRITICAL_SECTION();
    return PyObject_Str(item);
}

static PyObject *
beside(Thing *self, PyObject *list)
{
    PyObject *item;
    Py_BEGIN_CRITICAL_SECTION(self);
    item = PyList_GET_ITEM(list, 0);  /* FIRES */
    Py_INCREF(item);
    Py_END_CRITICAL_SECTION();
    return item;
}

static PyMethodDef methods[] = {
    {"first", first, METH_O, ""},
    {"beside", (PyCFunction)beside, METH_O, ""},
    {NULL}
};
