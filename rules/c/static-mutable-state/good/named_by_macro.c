/* Near miss: the module's own function fills the static; what it is called is said by a macro. */
#include <Python.h>

static PyObject *Failure;

static PyObject *
fail(PyObject *module, PyObject *unused)
{
    PyErr_SetString(Failure, "failed");
    return NULL;
}

static PyMethodDef methods[] = {{"fail", fail, METH_NOARGS, NULL}, {NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "failing", NULL, -1, methods};

#define INIT_FAILING PyInit_failing

PyMODINIT_FUNC INIT_FAILING(void)
{
    PyObject *module = PyModule_Create(&definition);
    Failure = PyErr_NewException("failing.Failure", NULL, NULL);
    if (Failure != NULL) {
        PyModule_AddObjectRef(module, "Failure", Failure);
    }
    return module;
}
