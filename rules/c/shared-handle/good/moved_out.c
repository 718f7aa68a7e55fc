/* Near miss: the copy is all that is left of the handle, since the object lost it under its lock. */
#include <Python.h>
#include <lib.h>

typedef struct { PyObject_HEAD lib_file *file; PyMutex mutex; } Reader;

static PyObject *
reader_close(Reader *self, PyObject *unused)
{
    PyMutex_Lock(&self->mutex);
    lib_file *file = self->file;
    self->file = NULL;
    PyMutex_Unlock(&self->mutex);
    if (file != NULL) {
        lib_close(file);
    }
    Py_RETURN_NONE;
}

static PyObject *
reader_fetch(Reader *self, PyObject *unused)
{
    PyMutex_Lock(&self->mutex);
    lib_file *file = self->file;
    if (file != NULL) {
        lib_read_at(file, "x");
    }
    PyMutex_Unlock(&self->mutex);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"close", (PyCFunction)reader_close, METH_NOARGS, ""},
    {"fetch", (PyCFunction)reader_fetch, METH_NOARGS, ""},
    {NULL}
};
