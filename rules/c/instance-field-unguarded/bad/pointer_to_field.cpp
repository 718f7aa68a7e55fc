/* A pointer to the field is kept first, and the object is dropped and stored through it. */
#include <Python.h>

struct Tree {
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
    Py_XDECREF(*slot); /* FIRES */
    (*slot) = value;
    Py_INCREF(value);
    Py_RETURN_NONE;
}

static PyObject *get(PyObject *self, PyObject *capsule)
{
    Tree *tree = static_cast<Tree *>(PyCapsule_GetPointer(capsule, NULL));
    if (!tree)
        return NULL;
    PyObject **slot = &tree->mass;
    Py_INCREF(*slot); /* FIRES */
    return *slot;
}

static PyMethodDef methods[] = {
    {"make", make, METH_NOARGS, NULL},
    {"set", set, METH_VARARGS, NULL},
    {"get", get, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
