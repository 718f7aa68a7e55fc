/* Near miss: while the module is made, under a lock, without a test, and by the flag that is set last. */
#include <Python.h>

static PyTypeObject Point_Type;
static PyTypeObject Line_Type;
static PyMutex lock;

static int
make_ready(void)
{
    return Point_Type.tp_dict == NULL ? PyType_Ready(&Point_Type) : 0;
}

static int
module_exec(PyObject *module)
{
    return make_ready();
}

static PyObject *
locked(PyObject *self, PyObject *unused)
{
    PyMutex_Lock(&lock);
    int failed = Line_Type.tp_dict == NULL && PyType_Ready(&Line_Type) < 0;
    PyMutex_Unlock(&lock);
    return failed ? NULL : PyObject_CallNoArgs((PyObject *)&Line_Type);
}

static PyObject *
without(PyObject *self, PyObject *unused)
{
    if (PyType_Ready(&Line_Type) < 0) {
        return NULL;
    }
    if (!(Point_Type.tp_flags & Py_TPFLAGS_READY) && PyType_Ready(&Point_Type) < 0) {
        return NULL;
    }
    return PyObject_CallNoArgs((PyObject *)&Line_Type);
}

static PyMethodDef methods[] = {
    {"locked", locked, METH_NOARGS, ""},
    {"without", without, METH_NOARGS, ""},
    {NULL}
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
