/* The bytes of a caller's bytearray, read while it may be resized. */
#include <Python.h>

static PyObject *
copy(PyObject *self, PyObject *array)
{
    const char *bytes = PyByteArray_AS_STRING(array);  /* FIRES */
    return PyBytes_FromStringAndSize(bytes, PyByteArray_Size(array));
}
