/* A hash that is worked out on first use: the helper stores it through the address that it is given. */
#include <Python.h>

typedef struct { PyObject_HEAD Py_hash_t hash; PyObject *item; } Key;

static int
work_out(Key *self, Py_hash_t *hash)
{
    *hash = PyObject_Hash(self->item);
    return *hash == -1 ? -1 : 0;
}

static PyObject *
key_hash(Key *self, PyObject *Py_UNUSED(ignored))
{
    if (self->hash == -1) {  /* FIRES */
        if (work_out(self, &self->hash) < 0) {
            return NULL;
        }
    }
    return PyLong_FromSsize_t(self->hash);  /* FIRES */
}

static PyMethodDef key_methods[] = {
    {"hash", (PyCFunction)key_hash, METH_NOARGS, NULL},
    {NULL},
};
