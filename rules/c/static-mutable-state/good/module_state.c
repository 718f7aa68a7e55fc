/* Near miss: what the state holds is made while the module is, and the one counter has the module's lock. */
#include <Python.h>

typedef struct {
    PyObject *error;
    long calls;
    PyMutex mutex;
} state_t;

static PyObject *
work(PyObject *module, PyObject *unused)
{
    state_t *state = PyModule_GetState(module);
    PyMutex_Lock(&state->mutex);
    state->calls++;
    PyMutex_Unlock(&state->mutex);
    PyErr_SetString(state->error, "not today");
    return NULL;
}

static PyMethodDef methods[] = {
    {"work", work, METH_NOARGS, ""},
    {NULL}
};

static int
fill(state_t *state)
{
    state->error = PyErr_NewException("m.error", NULL, NULL);
    return state->error == NULL ? -1 : 0;
}

static int
m_exec(PyObject *module)
{
    return fill((state_t *)PyModule_GetState(module));
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, m_exec},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "m",
    .m_size = sizeof(state_t),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_m(void)
{
    return PyModuleDef_Init(&definition);
}
