/* Near miss: the caller keeps the seed, or Windows keeps one for each thread. */
#include <Python.h>
#include <stdlib.h>

static PyObject *roll(PyObject *module, PyObject *args)
{
    unsigned int seed = 0;
    if (!PyArg_ParseTuple(args, "I", &seed)) {
        return NULL;
    }
#ifdef _WIN32
    srand(seed);
    return PyLong_FromLong(rand() % 6);
#else
    return PyLong_FromLong(rand_r(&seed) % 6);
#endif
}

static PyMethodDef methods[] = {{"roll", roll, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "dice", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_dice(void) { return PyModuleDef_Init(&definition); }
