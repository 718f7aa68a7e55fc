/* Near miss: the test finds a lock in every object, which got it where it was made. */
#include <Python.h>
#include <hashlib.h>

typedef struct { PyObject_HEAD hash_state state; PyThread_type_lock lock; } Hash;

#define ENTER(obj) if ((obj)->lock) { PyThread_acquire_lock((obj)->lock, 1); }
#define LEAVE(obj) if ((obj)->lock) { PyThread_release_lock((obj)->lock); }

static PyObject *
hash_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Hash *self = (Hash *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->lock = PyThread_allocate_lock();
    return (PyObject *)self;
}

static PyObject *
hash_digest(Hash *self, PyObject *unused)
{
    unsigned char digest[32];
    ENTER(self);
    lib_hash_get(&self->state, digest);
    LEAVE(self);
    return PyBytes_FromStringAndSize((char *)digest, 32);
}

static PyMethodDef methods[] = {
    {"digest", (PyCFunction)hash_digest, METH_NOARGS, ""},
    {NULL}
};
