/* Near miss: a lock is held, here or by the caller, the module is being made, or the function takes its own context. */
#include <Python.h>
#include <fftw3.h>
#include <geos_c.h>

static PyMutex planner;

static fftw_plan
plan(int n, fftw_complex *data)
{
    return fftw_plan_dft_1d(n, data, data, FFTW_FORWARD, FFTW_ESTIMATE);
}

static PyObject *
transform(PyObject *self, PyObject *args)
{
    int n;
    if (!PyArg_ParseTuple(args, "i", &n)) {
        return NULL;
    }
    fftw_complex *data = fftw_malloc(sizeof(fftw_complex) * n);
    PyMutex_Lock(&planner);
    fftw_plan made = plan(n, data);
    PyMutex_Unlock(&planner);
    fftw_execute(made);
    PyMutex_Lock(&planner);
    fftw_destroy_plan(made);
    PyMutex_Unlock(&planner);
    fftw_free(data);
    Py_RETURN_NONE;
}

static PyObject *
area(PyObject *self, PyObject *shape)
{
    double found = 0;
    GEOSContextHandle_t own = GEOS_init_r();
    GEOSArea_r(own, PyCapsule_GetPointer(shape, NULL), &found);
    GEOS_finish_r(own);
    return PyFloat_FromDouble(found);
}

static int
module_exec(PyObject *module)
{
    fftw_import_system_wisdom();
    return 0;
}

static PyMethodDef methods[] = {
    {"transform", transform, METH_VARARGS, NULL}, {"area", area, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "spectrum", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_spectrum(void) { return PyModuleDef_Init(&definition); }
