/* Plans are made of tables that the whole process shares; only their execution is safe. */
#include <Python.h>
#include <fftw3.h>

static fftw_plan
plan(int n, fftw_complex *data)
{
    return fftw_plan_dft_1d(n, data, data, FFTW_FORWARD, FFTW_ESTIMATE);  /* FIRES */
}

static PyObject *
transform(PyObject *self, PyObject *args)
{
    int n;
    if (!PyArg_ParseTuple(args, "i", &n)) {
        return NULL;
    }
    fftw_complex *data = fftw_malloc(sizeof(fftw_complex) * n);
    fftw_plan made = plan(n, data);
    Py_BEGIN_ALLOW_THREADS
    fftw_execute(made);
    fftw_destroy_plan(made);  /* FIRES */
    Py_END_ALLOW_THREADS
    fftw_free(data);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"transform", transform, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "spectrum", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_spectrum(void) { return PyModuleDef_Init(&definition); }
