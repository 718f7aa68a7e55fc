/* Every shape that `check --fix` proves, to be compiled, run and counted before and after it. */
#include <Python.h>

static PyObject *
taken(PyObject *self, PyObject *list)
{
    PyObject *item = PyList_GetItem(list, 0);
    if (item == NULL) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    Py_INCREF(item);
    return item;
}

static PyObject *
looked_up(PyObject *self, PyObject *table)
{
    PyObject *hit = PyDict_GetItemWithError(table, Py_None);
    if (hit == NULL) {
        if (PyErr_Occurred()) {
            return NULL;
        }
        Py_RETURN_NONE;
    }
    Py_INCREF(hit);
    return hit;
}

static PyObject *
branch(PyObject *self, PyObject *table)
{
    PyObject *hit;
    hit = PyDict_GetItemString(table, "key");
    if (hit != NULL) {
        Py_INCREF(hit);
    }
    return hit != NULL ? hit : Py_NewRef(Py_None);
}

static PyObject *
in_place(PyObject *self, PyObject *list)
{
    return Py_XNewRef(PyList_GetItem(list, 0));
}

static PyObject *
measure(PyObject *self, PyObject *list)
{
    long sum = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GetItem(list, i);
        if (item == NULL)
            return NULL;
        if (item == Py_None)
            continue;
        if (PyUnicode_Check(item)) {
            PyErr_SetString(PyExc_TypeError, "a text");
            return NULL;
        }
        switch (PyObject_Size(item)) {
            case -1:
                return NULL;
            case 7:
                goto done;
            default:
                break;
        }
        sum += (long)PyObject_Size(item);
    }
done:
    return PyLong_FromLong(sum);
}

static PyObject *
tested(PyObject *self, PyObject *table)
{
    int size = -1;
    if (PyDict_Check(table)) {
        PyObject *hit = PyDict_GetItem(table, self);
        if (hit && PyObject_IsTrue(hit)) {
            size = 1;
        }
    }
    return PyLong_FromLong(size);
}

static PyObject *
held_in_a_test(PyObject *self, PyObject *table)
{
    PyObject *hit, *other;
    if (!(hit = PyDict_GetItemString(table, "key")))
        Py_RETURN_NONE;
    if (PyUnicode_Check(hit)) {
        PyErr_SetString(PyExc_TypeError, "a text");
        return NULL;
    }
    if ((other = PyDict_GetItemWithError(table, Py_None)) != NULL) {
        if (other == hit) {
            Py_RETURN_TRUE;
        }
    }
    else if (PyErr_Occurred()) {
        return NULL;
    }
    Py_RETURN_FALSE;
}

static PyObject *
cached(PyObject *self, PyObject *table)
{
    PyObject *hit = PyDict_GetItem(table, Py_None);
    Py_ssize_t size = PyDict_GET_SIZE(table);
    if (hit != NULL) {
        Py_INCREF(hit);
        if (size == 1) {
            return hit;
        }
    }
    else {
        hit = PyLong_FromSsize_t(size);
    }
    return hit;
}

static PyObject *
taken_in_a_test(PyObject *self, PyObject *list)
{
    PyObject *item;
    if ((item = PyList_GetItem(list, 0)) == NULL) {
        return NULL;
    }
    Py_INCREF(item);
    return item;
}

static PyObject *
walk(PyObject *self, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, n = 0;
    while (PyDict_Next(table, &pos, &key, &value)) {
        if (value == Py_None) {
            break;
        }
        n++;
    }
    return PyLong_FromSsize_t(n);
}

static PyMethodDef methods[] = {
    {"taken", taken, METH_O, NULL},
    {"looked_up", looked_up, METH_O, NULL},
    {"branch", branch, METH_O, NULL},
    {"in_place", in_place, METH_O, NULL},
    {"measure", measure, METH_O, NULL},
    {"tested", tested, METH_O, NULL},
    {"cached", cached, METH_O, NULL},
    {"held_in_a_test", held_in_a_test, METH_O, NULL},
    {"taken_in_a_test", taken_in_a_test, METH_O, NULL},
    {"walk", walk, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "shapes", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_shapes(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) {
        return NULL;
    }
    return module;
}
