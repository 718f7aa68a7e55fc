/* A count of owners in a plain number: two objects share what is behind them, and each has a lock of its own at best. */
#include <Python.h>

typedef struct {
    int owners;
    char *data;
} Chunk;

typedef struct {
    PyObject_HEAD
    Chunk *chunk;
} View;

static void
chunk_free(Chunk *chunk)
{
    free(chunk->data);
    free(chunk);
}

static void
chunk_unref(Chunk *chunk)
{
    if (chunk == NULL) {
        return;
    }
    if (--chunk->owners == 0) {  /* FIRES */
        chunk_free(chunk);
    }
}

static void
View_dealloc(View *self)
{
    chunk_unref(self->chunk);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static void
chunk_drop(Chunk *chunk)
{
    chunk->owners -= 1;  /* FIRES */
    if (chunk->owners > 0)
        return;
    free(chunk->data);
    free(chunk);
}

static PyObject *
forget(PyObject *module, PyObject *args)
{
    Chunk *chunk = take_chunk(args);
    chunk_drop(chunk);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"forget", forget, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject View_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "views.View",
    .tp_basicsize = sizeof(View),
    .tp_dealloc = (destructor)View_dealloc,
};
