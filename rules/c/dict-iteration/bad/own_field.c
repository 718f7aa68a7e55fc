/* A dict that the object keeps: who reaches it, and under which lock, the code around shows only in part. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *items; } Table;

static PyObject *
table_total(Table *self, PyObject *unused)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long total = 0;
    while (PyDict_Next(self->items, &pos, &key, &value)) {  /* FIRES */
        total += PyLong_AsLong(value);
    }
    return PyLong_FromLong(total);
}

static PyObject *
table_count(Table *self, PyObject *unused)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, count = 0;
    Py_BEGIN_CRITICAL_SECTION(self->items);
    while (PyDict_Next(self->items, &pos, &key, &value)) {
        count++;
    }
    Py_END_CRITICAL_SECTION();
    return PyLong_FromSsize_t(count);
}

static void
table_dealloc(Table *self)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(self->items, &pos, &key, &value)) {
        forget(key);
    }
    Py_DECREF(self->items);
}

static PyObject *
table_sum(Table *self, PyObject *unused)
{
    Table fresh = {0};
    fresh.items = PyDict_New();
    Py_ssize_t pos = 0;
    PyObject *key, *value;
    while (PyDict_Next(fresh.items, &pos, &key, &value)) {
        Py_DECREF(value);
    }
    PyDict_Size(self->items);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"total", (PyCFunction)table_total, METH_NOARGS, ""},
    {"count", (PyCFunction)table_count, METH_NOARGS, ""},
    {"sum", (PyCFunction)table_sum, METH_NOARGS, ""},
    {NULL}
};

static PyTypeObject Table_Type = {
    .tp_name = "t.Table",
    .tp_dealloc = (destructor)table_dealloc,
    .tp_methods = methods,
};
