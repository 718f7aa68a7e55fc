/* Another thread may rebind sys.stdout and drop the old one. */
#include <Python.h>

static PyObject *
out(PyObject *self, PyObject *text)
{
    PyObject *file = PySys_GetObject("stdout");  /* FIRES */
    if (file == NULL || PyFile_WriteObject(text, file, 0) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}
