/* The library copies into the handle that other threads have; to copy out of it is a look. */
#include <Python.h>
#include <lib.h>

typedef struct { PyObject_HEAD lib_selector vs; } Selector;

static PyObject *
selector_narrow(Selector *self, PyObject *unused)
{
    lib_selector mine;
    lib_selector_init(&mine);
    lib_selector_copy(&self->vs, &mine);  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
selector_all(Selector *self, PyObject *unused)
{
    lib_selector mine;
    lib_selector_copy(&mine, &self->vs);  /* FIRES low confidence: it only looks. */
    return all_of(&mine);
}

static PyMethodDef methods[] = {
    {"narrow", (PyCFunction)selector_narrow, METH_NOARGS, ""},
    {"all", (PyCFunction)selector_all, METH_NOARGS, ""},
    {NULL}
};
