/* A loop over numbers runs detached where there are many of them, and so does what only loops call. */
#include <Python.h>
#include <numpy/ufuncobject.h>

static double
root(double x)
{
    if (x < 0.0) {
        PyErr_SetString(PyExc_ValueError, "out of domain");  /* FIRES */
        return 0.0;
    }
    return sqrt(x);
}

static void
DOUBLE_root(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    for (npy_intp i = 0; i < dimensions[0]; i++) {
        *(double *)(args[1] + i * steps[1]) = root(*(double *)(args[0] + i * steps[0]));
        PyErr_Clear();  /* FIRES */
    }
}

static PyUFuncGenericFunction loops[] = {DOUBLE_root};
static char types[] = {NPY_DOUBLE, NPY_DOUBLE};

static int
add(PyObject *module)
{
    PyObject *made = PyUFunc_FromFuncAndData(loops, NULL, types, 1, 1, 1, PyUFunc_None, "root", "", 0);
    return PyModule_AddObjectRef(module, "root", made);
}
