/* A helper that looks into the object for every method: it needs one rule, and the first place says so. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *link; } Cursor;

static PyObject *
valid(Cursor *self)
{
    if (!PyList_Check(self->link)) {  /* FIRES */
        return NULL;
    }
    return PyList_AsTuple(self->link);  /* FIRES */
}

static PyObject *
cursor_close(Cursor *self, PyObject *unused)
{
    PyObject *old = self->link;  /* FIRES */
    self->link = NULL;
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

static PyObject *
cursor_op0(Cursor *self, PyObject *unused)
{
    return valid(self);  /* FIRES: and for all below. */
}

static PyObject *
cursor_op1(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op2(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op3(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op4(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op5(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op6(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op7(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op8(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op9(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op10(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op11(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op12(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op13(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op14(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op15(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op16(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyObject *
cursor_op17(Cursor *self, PyObject *unused)
{
    return valid(self);
}

static PyMethodDef methods[] = {
    {"close", (PyCFunction)cursor_close, METH_NOARGS, ""},
    {"op0", (PyCFunction)cursor_op0, METH_NOARGS, ""},
    {"op1", (PyCFunction)cursor_op1, METH_NOARGS, ""},
    {"op2", (PyCFunction)cursor_op2, METH_NOARGS, ""},
    {"op3", (PyCFunction)cursor_op3, METH_NOARGS, ""},
    {"op4", (PyCFunction)cursor_op4, METH_NOARGS, ""},
    {"op5", (PyCFunction)cursor_op5, METH_NOARGS, ""},
    {"op6", (PyCFunction)cursor_op6, METH_NOARGS, ""},
    {"op7", (PyCFunction)cursor_op7, METH_NOARGS, ""},
    {"op8", (PyCFunction)cursor_op8, METH_NOARGS, ""},
    {"op9", (PyCFunction)cursor_op9, METH_NOARGS, ""},
    {"op10", (PyCFunction)cursor_op10, METH_NOARGS, ""},
    {"op11", (PyCFunction)cursor_op11, METH_NOARGS, ""},
    {"op12", (PyCFunction)cursor_op12, METH_NOARGS, ""},
    {"op13", (PyCFunction)cursor_op13, METH_NOARGS, ""},
    {"op14", (PyCFunction)cursor_op14, METH_NOARGS, ""},
    {"op15", (PyCFunction)cursor_op15, METH_NOARGS, ""},
    {"op16", (PyCFunction)cursor_op16, METH_NOARGS, ""},
    {"op17", (PyCFunction)cursor_op17, METH_NOARGS, ""},
    {NULL}
};
