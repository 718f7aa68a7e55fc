/* A type all of whose methods hand its handle to the library: it needs one lock, and the first place says so. */
#include <Python.h>
#include <lib.h>

typedef struct { PyObject_HEAD lib_context *ctx; } Context;

static PyObject *
ctx_op0(Context *self, PyObject *unused)
{
    lib_op0(self->ctx);  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
ctx_op1(Context *self, PyObject *unused)
{
    lib_op1(self->ctx);
    Py_RETURN_NONE;
}

static PyObject *
ctx_op2(Context *self, PyObject *unused)
{
    lib_op2(self->ctx);
    Py_RETURN_NONE;
}

static PyObject *
ctx_op3(Context *self, PyObject *unused)
{
    lib_op3(self->ctx);
    Py_RETURN_NONE;
}

static PyObject *
ctx_op4(Context *self, PyObject *unused)
{
    lib_op4(self->ctx);
    Py_RETURN_NONE;
}

static PyObject *
ctx_op5(Context *self, PyObject *unused)
{
    lib_op5(self->ctx);
    Py_RETURN_NONE;
}

static PyObject *
ctx_op6(Context *self, PyObject *unused)
{
    lib_op6(self->ctx);
    Py_RETURN_NONE;
}

static PyObject *
ctx_op7(Context *self, PyObject *unused)
{
    lib_op7(self->ctx);
    Py_RETURN_NONE;
}

static PyObject *
ctx_op8(Context *self, PyObject *unused)
{
    lib_op8(self->ctx);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"op0", (PyCFunction)ctx_op0, METH_NOARGS, ""},
    {"op1", (PyCFunction)ctx_op1, METH_NOARGS, ""},
    {"op2", (PyCFunction)ctx_op2, METH_NOARGS, ""},
    {"op3", (PyCFunction)ctx_op3, METH_NOARGS, ""},
    {"op4", (PyCFunction)ctx_op4, METH_NOARGS, ""},
    {"op5", (PyCFunction)ctx_op5, METH_NOARGS, ""},
    {"op6", (PyCFunction)ctx_op6, METH_NOARGS, ""},
    {"op7", (PyCFunction)ctx_op7, METH_NOARGS, ""},
    {"op8", (PyCFunction)ctx_op8, METH_NOARGS, ""},
    {NULL}
};
