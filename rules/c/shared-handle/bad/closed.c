/* The same many methods, but one of them closes the handle: each use may come after the end. */
#include <Python.h>
#include <lib.h>

typedef struct { PyObject_HEAD lib_connection connection; } Connection;

static PyObject *
conn_op0(Connection *self, PyObject *unused)
{
    lib_op0(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op1(Connection *self, PyObject *unused)
{
    lib_op1(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op2(Connection *self, PyObject *unused)
{
    lib_op2(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op3(Connection *self, PyObject *unused)
{
    lib_op3(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op4(Connection *self, PyObject *unused)
{
    lib_op4(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op5(Connection *self, PyObject *unused)
{
    lib_op5(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op6(Connection *self, PyObject *unused)
{
    lib_op6(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op7(Connection *self, PyObject *unused)
{
    lib_op7(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op8(Connection *self, PyObject *unused)
{
    lib_op8(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_op9(Connection *self, PyObject *unused)
{
    lib_op9(&(self->connection));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
conn_close(Connection *self, PyObject *unused)
{
    lib_close(&self->connection);  /* FIRES */
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"op0", (PyCFunction)conn_op0, METH_NOARGS, ""},
    {"op1", (PyCFunction)conn_op1, METH_NOARGS, ""},
    {"op2", (PyCFunction)conn_op2, METH_NOARGS, ""},
    {"op3", (PyCFunction)conn_op3, METH_NOARGS, ""},
    {"op4", (PyCFunction)conn_op4, METH_NOARGS, ""},
    {"op5", (PyCFunction)conn_op5, METH_NOARGS, ""},
    {"op6", (PyCFunction)conn_op6, METH_NOARGS, ""},
    {"op7", (PyCFunction)conn_op7, METH_NOARGS, ""},
    {"op8", (PyCFunction)conn_op8, METH_NOARGS, ""},
    {"op9", (PyCFunction)conn_op9, METH_NOARGS, ""},
    {"close", (PyCFunction)conn_close, METH_NOARGS, ""},
    {NULL}
};
