/* A small extension as it was written under the GIL. */
#include <Python.h>

static long calls;
static PyObject *names;

static PyObject *
first(PyObject *self, PyObject *list)
{
    calls++;
    PyObject *item = PyList_GetItem(list, 0);
    if (item == NULL) {
        return NULL;
    }
    Py_INCREF(item);
    return item;
}

static PyObject *
total(PyObject *self, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long sum = 0;
    while (PyDict_Next(table, &pos, &key, &value)) {
        sum += PyLong_AsLong(value);
    }
    return PyLong_FromLong(sum);
}

static PyObject *
known(PyObject *self, PyObject *name)
{
    if (names == NULL) {
        names = PyDict_New();
    }
    return PyBool_FromLong(names != NULL && PyDict_Contains(names, name) == 1);
}

static PyMethodDef methods[] = {
    {"first", first, METH_O, NULL},
    {"total", total, METH_O, NULL},
    {"known", known, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "counter", NULL, -1, methods};

PyMODINIT_FUNC
PyInit_counter(void)
{
    return PyModule_Create(&definition);
}
