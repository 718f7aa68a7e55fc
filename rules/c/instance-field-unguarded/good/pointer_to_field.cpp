/* Near miss: what is done through the pointer to the field is done under a lock of the struct. */
#include <Python.h>

struct Tree {
    PyMutex mutex;
    PyObject *smooth;
    PyObject *mass;
};

static PyObject *make(PyObject *self, PyObject *args)
{
    Tree *tree = new Tree();
    return PyCapsule_New(tree, NULL, NULL);
}

static PyObject *set(PyObject *self, PyObject *args)
{
    int which;
    PyObject *capsule, *value, **slot;
    if (!PyArg_ParseTuple(args, "OiO", &capsule, &which, &value))
        return NULL;
    Tree *tree = static_cast<Tree *>(PyCapsule_GetPointer(capsule, NULL));
    if (!tree)
        return NULL;
    if (which == 0)
        slot = &(tree->smooth);
    else
        slot = &tree->mass;
    PyMutex_Lock(&tree->mutex);
    PyObject *old = *slot;
    (*slot) = Py_NewRef(value);
    PyMutex_Unlock(&tree->mutex);
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

static PyObject *get(PyObject *self, PyObject *capsule)
{
    Tree *tree = static_cast<Tree *>(PyCapsule_GetPointer(capsule, NULL));
    if (!tree)
        return NULL;
    PyObject **slot = &tree->mass;
    PyMutex_Lock(&tree->mutex);
    PyObject *one = Py_NewRef(*slot);
    PyMutex_Unlock(&tree->mutex);
    return one;
}

static PyMethodDef methods[] = {
    {"make", make, METH_NOARGS, NULL},
    {"set", set, METH_VARARGS, NULL},
    {"get", get, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
