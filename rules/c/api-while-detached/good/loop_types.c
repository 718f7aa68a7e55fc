/* Near miss: which types a loop is for is said in a table of its own, and NumPy runs those for objects attached. */
#include <Python.h>
#include <numpy/ufuncobject.h>

static void
hull(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    for (npy_intp i = 0; i < dimensions[0]; i++) {
        if (!get_geometry(args[0] + i * steps[0])) {
            PyErr_SetString(PyExc_TypeError, "no geometry");
            return;
        }
    }
}

static PyUFuncGenericFunction hull_loops[] = {hull};
static char hull_types[] = {NPY_OBJECT, NPY_DOUBLE};
