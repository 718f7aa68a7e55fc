/* One of each: count, write, read, container in steps, memory behind a pointer, a helper. */
#include <Python.h>

typedef struct { PyObject_HEAD Py_ssize_t exports, len; char *items; PyObject *memo; } Buf;

static int
buf_getbuffer(Buf *self, Py_buffer *view, int flags)
{
    self->exports++;  /* FIRES */
    return 0;
}

static char
at(Buf *self, Py_ssize_t i)
{
    return self->items[i];  /* FIRES */
}

static PyObject *
buf_item(Buf *self, PyObject *arg)
{
    Py_ssize_t i = PyLong_AsSsize_t(arg);

    if (i >= self->len) {  /* FIRES */
        return NULL;
    }

    return PyLong_FromLong(at(self, i));  /* FIRES */
}

static PyObject *
buf_clear(Buf *self, PyObject *unused)
{
    self->len = 0;  /* FIRES */

    self->items = realloc(self->items, 1);  /* FIRES */

    PyDict_Clear(self->memo);  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
buf_len(Buf *self, void *unused)
{
    return PyLong_FromSsize_t(self->len);  /* FIRES */
}

static PyGetSetDef getset[] = {{"len", (getter)buf_len, NULL, NULL, NULL}, {NULL}};

static PyBufferProcs buffer = {(getbufferproc)buf_getbuffer, NULL};

static PyMethodDef methods[] = {
    {"item", (PyCFunction)buf_item, METH_O, ""},
    {"clear", (PyCFunction)buf_clear, METH_NOARGS, ""},
    {NULL}
};
