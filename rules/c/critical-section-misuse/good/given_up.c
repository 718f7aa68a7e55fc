/* Near miss: the thread state is given up inside a section that nothing relies on meanwhile, or under a lock that stays. */
#include <Python.h>

typedef struct {
    PyObject_HEAD
    ZSTD_CCtx *context;
    PyMutex lock;
    PyObject *last;
    int fd;
} Compressor;

/* What it works on is its own, and what the section guards is looked at after. */
static PyObject *measure(Compressor *self, const char *text, size_t length)
{
    PyObject *last;
    size_t bound;
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_BEGIN_ALLOW_THREADS
    bound = ZSTD_compressBound(length);
    Py_END_ALLOW_THREADS
    last = Py_XNewRef(self->last);
    Py_END_CRITICAL_SECTION();
    return last;
}

/* A number is handed over by value. */
static PyObject *wait_for(Compressor *self)
{
    int got;
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_BEGIN_ALLOW_THREADS
    got = fsync(self->fd);
    Py_END_ALLOW_THREADS
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(got);
}

static size_t run(Compressor *self, ZSTD_inBuffer *in, ZSTD_outBuffer *out)
{
    size_t left;
    Py_BEGIN_ALLOW_THREADS
    left = ZSTD_compressStream2(self->context, out, in, ZSTD_e_continue);
    Py_END_ALLOW_THREADS
    return left;
}

/* A mutex stays locked while the thread is detached. */
static PyObject *compress(PyObject *op, PyObject *data)
{
    Compressor *self = (Compressor *)op;
    ZSTD_inBuffer in = {PyBytes_AsString(data), PyBytes_Size(data), 0};
    ZSTD_outBuffer out = {0};
    size_t left;
    PyMutex_Lock(&self->lock);
    left = run(self, &in, &out);
    PyMutex_Unlock(&self->lock);
    return PyLong_FromSize_t(left);
}

static PyMethodDef methods[] = {{"compress", compress, METH_O, NULL}, {NULL}};
