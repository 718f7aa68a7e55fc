/* Near miss: the same under a lock, and filled while the module is made. */
#include <Python.h>

static PyMutex lock;
static PyObject *text = NULL;
static PyObject *other = NULL;

static PyObject *
name(PyObject *self, PyObject *unused)
{
    PyMutex_Lock(&lock);
    if (text == NULL) {
        text = PyUnicode_InternFromString("name");
    }
    PyMutex_Unlock(&lock);
    return Py_XNewRef(other);
}

static PyMethodDef methods[] = {
    {"name", name, METH_NOARGS, ""},
    {NULL}
};

static int
module_exec(PyObject *module)
{
    if (other == NULL) {
        other = PyUnicode_InternFromString("other");
    }
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
