#include <Python.h>

typedef struct {
    PyObject_HEAD
    ZSTD_CCtx *context;
    ZSTD_DDict *made;
    PyObject *dicts;
    int level;
} Compressor;

/* Another thread may enter while this one makes it, and both store theirs. */
static ZSTD_DDict *get_made(Compressor *self, const char *text, size_t length)
{
    ZSTD_DDict *made;
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->made == NULL) {
        Py_BEGIN_ALLOW_THREADS /* FIRES */
        self->made = ZSTD_createDDict(text, length);
        Py_END_ALLOW_THREADS
    }
    made = self->made;
    Py_END_CRITICAL_SECTION();
    return made;
}

static PyObject *get_dict(Compressor *self, PyObject *key)
{
    PyObject *found = NULL;
    Py_BEGIN_CRITICAL_SECTION(self);
    int is = PyDict_GetItemRef(self->dicts, key, &found);
    if (is == 0) {
        ZSTD_CDict *made;
        Py_BEGIN_ALLOW_THREADS /* FIRES */
        made = ZSTD_createCDict("", 0, 3);
        Py_END_ALLOW_THREADS
        found = PyCapsule_New(made, NULL, NULL);
        PyDict_SetItem(self->dicts, key, found);
    }
    Py_END_CRITICAL_SECTION();
    return found;
}

static size_t run(Compressor *self, ZSTD_inBuffer *in, ZSTD_outBuffer *out)
{
    size_t left;
    Py_BEGIN_ALLOW_THREADS
    left = ZSTD_compressStream2(self->context, out, in, ZSTD_e_continue);
    Py_END_ALLOW_THREADS
    return left;
}

static size_t run_all(Compressor *self, ZSTD_inBuffer *in, ZSTD_outBuffer *out)
{
    size_t left;
    do {
        left = run(self, in, out);
    } while (left != 0);
    return left;
}

static PyObject *compress(PyObject *op, PyObject *data)
{
    Compressor *self = (Compressor *)op;
    ZSTD_inBuffer in = {PyBytes_AsString(data), PyBytes_Size(data), 0};
    ZSTD_outBuffer out = {0};
    size_t left;
    Py_BEGIN_CRITICAL_SECTION(self); /* FIRES */
    left = run_all(self, &in, &out);
    Py_END_CRITICAL_SECTION();
    return PyLong_FromSize_t(left);
}

static PyMethodDef methods[] = {{"compress", compress, METH_O, NULL}, {NULL}};
