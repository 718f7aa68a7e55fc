/* A module keeps what it replaced in its state, which is one for all threads. */
#include <Python.h>

typedef struct {
    PyObject *original;
    long calls;
    long size;
} clock_state;

static inline clock_state *
get_state(PyObject *module)
{
    void *state = PyModule_GetState(module);
    assert(state != NULL);
    return (clock_state *)state;
}

static PyObject *
patch(PyObject *module, PyObject *replacement)
{
    clock_state *state = get_state(module);
    state->original = Py_NewRef(replacement);  /* FIRES */
    state->calls++;  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
now(PyObject *module, PyObject *unused)
{
    clock_state *state = get_state(module);
    if (state->size == 0) {
        return NULL;
    }
    return PyObject_CallNoArgs(state->original);  /* FIRES */
}

static PyMethodDef methods[] = {
    {"patch", patch, METH_O, ""},
    {"now", now, METH_NOARGS, ""},
    {NULL}
};

static int
clock_exec(PyObject *module)
{
    clock_state *state = get_state(module);
    state->size = 4;
    return 0;
}

static int
clock_clear(PyObject *module)
{
    Py_CLEAR(get_state(module)->original);
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, clock_exec},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "clock",
    .m_size = sizeof(clock_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_clear = clock_clear,
};

PyMODINIT_FUNC
PyInit_clock(void)
{
    return PyModuleDef_Init(&definition);
}
