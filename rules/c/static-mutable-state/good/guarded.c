/* Near miss: constants, the lock itself, thread-locals, state set while the module is made, and a guarded counter. */
#include <Python.h>

static const char *names[] = {"a", "b", NULL};
static PyMutex lock;
static long calls = 0;
static _Thread_local long own = 0;
MY_thread_local long mine = 0;
#define EACH __declspec(thread)
EACH long each = 0;
static PyObject *Error;
static int table[4] = {1, 2, 3, 4};

static PyObject *
count(PyObject *self, PyObject *unused)
{
    long now;
    PyMutex_Lock(&lock);
    now = ++calls;
    PyMutex_Unlock(&lock);
    own++;
    mine++;
    each++;
    return PyLong_FromLong(now + table[0]);
}

static PyMethodDef methods[] = {
    {"count", count, METH_NOARGS, ""},
    {NULL}
};

static int
module_exec(PyObject *module)
{
    Error = PyErr_NewException("mod.Error", NULL, NULL);
    return PyModule_AddObjectRef(module, names[0], Error);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};
