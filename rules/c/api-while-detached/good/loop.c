/* Near miss: loops over objects run attached, one over numbers attaches for the error, and a helper has other callers. */
#include <Python.h>
#include <numpy/ufuncobject.h>

static double
root(double x)
{
    if (x < 0.0) {
        PyErr_SetString(PyExc_ValueError, "out of domain");
        return 0.0;
    }
    return sqrt(x);
}

static void
OO_O(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    for (npy_intp i = 0; i < dimensions[0]; i++) {
        PyObject *one = *(PyObject **)(args[0] + i * steps[0]);
        Py_INCREF(one);
        *(PyObject **)(args[2] + i * steps[2]) = one;
    }
}

static void
DOUBLE_root(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    for (npy_intp i = 0; i < dimensions[0]; i++) {
        double x = *(double *)(args[0] + i * steps[0]);
        if (x < 0.0) {
            NPY_ALLOW_C_API_DEF
            NPY_ALLOW_C_API;
            PyErr_SetString(PyExc_ValueError, "out of domain");
            NPY_DISABLE_C_API;
        }
        *(double *)(args[1] + i * steps[1]) = sqrt(x);
    }
}

static PyUFuncGenericFunction loops[] = {OO_O, DOUBLE_root};

static PyObject *
root_of(PyObject *self, PyObject *x)
{
    return PyFloat_FromDouble(root(PyFloat_AsDouble(x)));
}

static PyMethodDef methods[] = {{"root_of", root_of, METH_O, ""}, {NULL}};
