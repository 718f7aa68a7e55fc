/* A static type made ready by whoever needs it first. */
#include <Python.h>

static PyTypeObject Point_Type;
static PyTypeObject Line_Type;

static PyObject *
point(PyObject *self, PyObject *unused)
{
    if (Point_Type.tp_dict == NULL) {  /* FIRES */
        if (PyType_Ready(&Point_Type) < 0) {
            return NULL;
        }
    }
    return PyObject_CallNoArgs((PyObject *)&Point_Type);
}

static PyObject *
line(PyObject *self, PyObject *unused)
{
    PyTypeObject *type = &Line_Type;
    if (!type->tp_dict && PyType_Ready(type) < 0) {  /* FIRES */
        return NULL;
    }
    return PyObject_CallNoArgs((PyObject *)type);
}

static PyMethodDef methods[] = {
    {"point", point, METH_NOARGS, ""},
    {"line", line, METH_NOARGS, ""},
    {NULL}
};
