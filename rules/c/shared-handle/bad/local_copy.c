/* The handle is handed to its library by a local copy. */
#include <Python.h>
#include <lib.h>

typedef struct { PyObject_HEAD lib_file *file; } Reader;

static PyObject *
reader_fetch(Reader *self, PyObject *args)
{
    lib_file *file = self->file;
    char *name;

    if (!PyArg_ParseTuple(args, "s", &name)) {
        return NULL;
    }
    /*
     * What follows stands too far from the copy to be one place with it.
     */




    if (lib_read_at(file, name) < 0) {  /* FIRES */
        return PyErr_NoMemory();
    }
    Py_RETURN_NONE;
}

static PyObject *
reader_name(Reader *self, PyObject *unused)
{
    lib_file *file = self->file;
    return PyUnicode_FromString(lib_get_name(file));  /* FIRES low confidence: it only looks. */
}

static PyMethodDef methods[] = {
    {"fetch", (PyCFunction)reader_fetch, METH_VARARGS, ""},
    {"name", (PyCFunction)reader_name, METH_NOARGS, ""},
    {NULL}
};
