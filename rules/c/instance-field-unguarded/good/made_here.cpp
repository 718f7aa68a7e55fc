/* Near miss: values made in the function, by braces, by calling a type, and by a function that says "new". */
#include <Python.h>

struct Walk {
    PyObject_HEAD
    int *items;
    int at;
    void step() { at++; items[at] = 0; }
};

static PyObject *
walk(PyObject *module, PyObject *unused)
{
    auto local = Walk{nullptr, 0};
    local.step();
    local.items[0] = 1;
    Walk *called = (Walk *)PyObject_CallNoArgs((PyObject *)&Walk_Type);
    called->items = NULL;
    Walk *made = other_new_walk(module);
    made->items[0] = 1;
    made->at = 3;
    return (PyObject *)called;
}

static PyMethodDef methods[] = {
    {"walk", walk, METH_NOARGS, ""},
    {NULL}
};
