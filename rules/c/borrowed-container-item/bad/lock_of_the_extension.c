/* The extension's own lock is held, of which whoever changes the caller's list or dict knows nothing. */
#include <Python.h>

static PyMutex everything;

static int
add_all(struct names *out, PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        PyObject *one = PyList_GetItem(list, i);  /* FIRES */
        if (names_push(out, PyUnicode_AsUTF8(one)) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
add_either(struct names *out, PyObject *list)
{
    return list == Py_None ? 0 : add_all(out, list);
}

static PyObject *
create(PyObject *self, PyObject *args)
{
    struct names out;
    PyObject *names = NULL, *units = NULL, *first;
    if (!PyArg_ParseTuple(args, "OO", &names, &units)) {
        return NULL;
    }
    PyMutex_Lock(&everything);
    first = PyList_GetItem(units, 0);  /* FIRES */
    use(&out, first);
    add_either(&out, names);
    PyMutex_Unlock(&everything);
    Py_RETURN_NONE;
}

static PyObject *
find(PyObject *self, PyObject *table)
{
    PyMutex_Lock(&everything);
    PyObject *hit = PyDict_GetItem(table, self);  /* FIRES */
    Py_XINCREF(hit);
    PyMutex_Unlock(&everything);
    return hit;
}

static PyMethodDef methods[] = {
    {"create", create, METH_VARARGS, ""},
    {"find", find, METH_O, ""},
    {NULL}
};
