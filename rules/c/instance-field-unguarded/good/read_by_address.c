/* Near miss: the helper reads the number at the address that it is given, or the number is a local's. */
#include <Python.h>

typedef struct { PyObject_HEAD Py_hash_t hash; PyObject *item; } Key;

static int
is_set(const Py_hash_t *hash)
{
    return *hash != -1;
}

static int
work_out(Key *self, Py_hash_t *hash)
{
    *hash = PyObject_Hash(self->item);
    return *hash == -1 ? -1 : 0;
}

static PyObject *
key_hash(Key *self, PyObject *Py_UNUSED(ignored))
{
    Py_hash_t hash;
    if (is_set(&self->hash)) {
        return PyLong_FromSsize_t(self->hash);
    }
    if (work_out(self, &hash) < 0) {
        return NULL;
    }
    return PyLong_FromSsize_t(hash);
}

static PyMethodDef key_methods[] = {
    {"hash", (PyCFunction)key_hash, METH_NOARGS, NULL},
    {NULL},
};
