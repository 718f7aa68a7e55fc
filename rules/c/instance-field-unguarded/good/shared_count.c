/* Near miss: counts that are atomic or locked, that free something else, or that nothing for Python gets to. */
#include <Python.h>
#include <stdatomic.h>

typedef struct {
    _Atomic int owners;
    char *data;
} Chunk;

typedef struct {
    int owners;
    PyMutex lock;
    char *data;
} Locked;

typedef struct {
    int depth;
    char *scratch;
} Parser;

typedef struct {
    int owners;
} Buffer;

static void
chunk_unref(Chunk *chunk)
{
    if (--chunk->owners == 0) {
        free(chunk);
    }
}

static void
locked_unref(Locked *one)
{
    PyMutex_Lock(&one->lock);
    int left = --one->owners;
    PyMutex_Unlock(&one->lock);
    if (left == 0) {
        free(one);
    }
}

/* What is freed is not what is counted. */
static void
leave(Parser *parser)
{
    if (--parser->depth == 0) {
        free(parser->scratch);
        parser->scratch = NULL;
    }
}

static PyObject *
forget(PyObject *module, PyObject *args)
{
    Parser parser;
    chunk_unref(take_chunk(args));
    locked_unref(take_locked(args));
    leave(&parser);
    Py_RETURN_NONE;
}

/* Nothing that Python calls leads here. */
void
buffer_unref(Buffer *buffer)
{
    if (--buffer->owners == 0) {
        free(buffer);
    }
}

static PyMethodDef functions[] = {
    {"forget", forget, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
