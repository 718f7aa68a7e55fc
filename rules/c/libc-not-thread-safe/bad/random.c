/* The seed belongs to the process, and not every C library locks it. */
#include <Python.h>
#include <stdlib.h>

static PyObject *roll(PyObject *module, PyObject *args)
{
    return PyLong_FromLong(rand() % 6); /* FIRES */
}

static PyObject *seed(PyObject *module, PyObject *args)
{
    unsigned int start = 0;
    if (!PyArg_ParseTuple(args, "I", &start)) {
        return NULL;
    }
    srand(start); /* FIRES */
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"roll", roll, METH_NOARGS, NULL}, {"seed", seed, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "dice", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_dice(void) { return PyModuleDef_Init(&definition); }
