/* Near miss: what was made here, under a lock, while the module is made, and in a dealloc. */
#include <Python.h>

static PyObject *spare;
static PyMutex guard;

typedef struct { PyObject_HEAD PyObject *bytes; } Box;

static PyObject *
cut(PyObject *self, PyObject *unused)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, 8);
    if (_PyBytes_Resize(&bytes, 4) < 0) {
        return NULL;
    }
    PyMutex_Lock(&guard);
    _PyBytes_Resize(&spare, 4);
    PyMutex_Unlock(&guard);
    return bytes;
}

static int
module_exec(PyObject *module)
{
    return _PyBytes_Resize(&spare, 4);
}

static void
box_dealloc(Box *self)
{
    _PyBytes_Resize(&self->bytes, 0);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};

static PyTypeObject Box_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "Box",
    .tp_dealloc = (destructor)box_dealloc,
};
