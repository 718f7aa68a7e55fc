/* A type made by whichever call needs it first, and a function object that begins with one of the C API's own. */
#include <Python.h>

typedef struct { PyCMethodObject func; PyObject *name; } Function;

static PyTypeObject *FunctionType = NULL;

static PyObject *
function_new(PyObject *module, PyObject *unused)
{
    if (FunctionType == NULL) {  /* FIRES */
        FunctionType = (PyTypeObject *)PyType_FromSpec(&Function_spec);
    }
    return PyObject_CallNoArgs((PyObject *)FunctionType);
}

static PyObject *
function_name(Function *self, void *closure)
{
    if (self->name == NULL) {  /* FIRES */
        self->name = PyUnicode_InternFromString("f");
    }
    return Py_XNewRef(self->name);
}

static PyMethodDef methods[] = {
    {"new", function_new, METH_NOARGS, ""},
    {NULL}
};

static PyGetSetDef getset[] = {
    {"__name__", (getter)function_name, NULL},
    {NULL}
};
