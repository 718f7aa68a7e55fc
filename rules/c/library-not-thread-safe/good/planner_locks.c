/* Near miss: the planner was told to take a lock itself. */
#include <Python.h>
#include <fftw3.h>

static PyObject *
prepare(PyObject *self, PyObject *arg)
{
    double *data = PyCapsule_GetPointer(arg, NULL);
    fftw_destroy_plan(fftw_plan_r2r_1d(8, data, data, FFTW_R2HC, FFTW_ESTIMATE));
    Py_RETURN_NONE;
}

static int
module_exec(PyObject *module)
{
    fftw_make_planner_thread_safe();
    return 0;
}

static PyMethodDef methods[] = {{"prepare", prepare, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "spectrum", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_spectrum(void) { return PyModuleDef_Init(&definition); }
