/* A capsule is the object: its pointer is handed to a library by whoever has it. */
#include <Python.h>
#include <lib.h>

static void
filter_free(PyObject *capsule)
{
    lib_filter_free(PyCapsule_GetPointer(capsule, "filter"));
}

static PyObject *
filter_new(PyObject *module, PyObject *unused)
{
    lib_filter *filter = lib_filter_create();
    lib_filter_init(filter);
    return PyCapsule_New(filter, "filter", filter_free);
}

static PyObject *
filter_reset(PyObject *module, PyObject *capsule)
{
    lib_filter *filter = PyCapsule_GetPointer(capsule, "filter");
    if (filter == NULL) {
        return NULL;
    }
    lib_filter_reset(filter);  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
filter_process(PyObject *module, PyObject *args)
{
    PyObject *capsule;
    long rate;
    if (!PyArg_ParseTuple(args, "Ol", &capsule, &rate)) {
        return NULL;
    }
    return PyLong_FromLong(lib_filter_process(PyCapsule_GetPointer(capsule, "filter"), rate));  /* FIRES */
}

static PyMethodDef methods[] = {
    {"new", filter_new, METH_NOARGS, ""},
    {"reset", filter_reset, METH_O, ""},
    {"process", filter_process, METH_VARARGS, ""},
    {NULL}
};
