/* Bytes that came from a caller are shortened in place. */
#include <Python.h>

static PyObject *
cut(PyObject *self, PyObject *bytes)
{
    if (_PyBytes_Resize(&bytes, 4) < 0) {  /* FIRES */
        return NULL;
    }
    return bytes;
}
