/* Near miss: the variable is only set where the module is made, under whatever name, and cleared when it is freed. */
#include <Python.h>

#define MODINIT(name) PyMODINIT_FUNC PyInit_##name(void)

static PyObject *loader = NULL;
static PyMethodDef methods[];

static void
unload(void *module)
{
    Py_CLEAR(loader);
}

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "image", NULL, -1, methods, NULL, NULL, NULL, unload};

MODINIT(image)
{
    PyObject *module = PyModule_Create(&definition);
    loader = PyObject_GetAttrString(module, "load");
    return module;
}

static PyObject *
load(PyObject *module, PyObject *arg)
{
    return PyObject_CallOneArg(loader, arg);
}

static PyMethodDef methods[] = {{"load", load, METH_O, ""}, {NULL}};
