/* Near miss: the object's own lock is held, also while detached; tp_dealloc needs none. */
#include <Python.h>
#include <hashlib.h>

typedef struct { PyObject_HEAD hash_state *state; PyMutex mutex; } Hash;

static PyObject *
hash_update(Hash *self, PyObject *data)
{
    PyMutex_Lock(&self->mutex);
    Py_BEGIN_ALLOW_THREADS
    lib_hash_update(self->state, 1);
    Py_END_ALLOW_THREADS
    PyMutex_Unlock(&self->mutex);
    Py_RETURN_NONE;
}

static void
hash_dealloc(Hash *self)
{
    lib_hash_free(self->state);
    PyObject_Free(self);
}

static PyTypeObject Hash_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hash.Hash",
    .tp_dealloc = (destructor)hash_dealloc,
};

static PyMethodDef methods[] = {
    {"update", (PyCFunction)hash_update, METH_O, ""},
    {NULL}
};
