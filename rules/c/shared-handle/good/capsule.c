/* Near miss: looks at what a capsule holds, one change in the capsule's critical section, and one by whoever takes the
   pointer out for good. */
#include <Python.h>
#include <lib.h>

static PyObject *
filter_rate(PyObject *module, PyObject *capsule)
{
    lib_filter *filter = PyCapsule_GetPointer(capsule, "filter");
    return PyLong_FromLong(lib_filter_get_rate(filter));
}

static PyObject *
filter_reset(PyObject *module, PyObject *capsule)
{
    lib_filter *filter = PyCapsule_GetPointer(capsule, "filter");
    Py_BEGIN_CRITICAL_SECTION(capsule);
    lib_filter_reset(filter);
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyObject *
filter_take(PyObject *module, PyObject *capsule)
{
    lib_filter *filter = PyCapsule_GetPointer(capsule, "filter");
    PyCapsule_SetName(capsule, "used_filter");
    lib_filter_start(filter);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"rate", filter_rate, METH_O, ""},
    {"reset", filter_reset, METH_O, ""},
    {"take", filter_take, METH_O, ""},
    {NULL}
};
