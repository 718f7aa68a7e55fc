/* Near miss: what is filled is the caller's own, or is filled while the module is made. */
#include <Python.h>

static PyObject *error;

static int
make(const char *name, PyObject **slot)
{
    if (*slot == NULL) {
        *slot = PyErr_NewException(name, NULL, NULL);
    }
    return *slot == NULL ? -1 : 0;
}

static PyObject *
raise(PyObject *self, PyObject *unused)
{
    PyObject *mine = NULL;
    if (make("m.mine", &mine) < 0) {
        return NULL;
    }
    PyErr_SetNone(mine);
    Py_DECREF(mine);
    return NULL;
}

static PyMethodDef methods[] = {
    {"raise", raise, METH_NOARGS, ""},
    {NULL}
};

static int
m_exec(PyObject *module)
{
    return make("m.error", &error);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, m_exec},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "m",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_m(void)
{
    return PyModuleDef_Init(&definition);
}
