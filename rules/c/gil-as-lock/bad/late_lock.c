/* The object's lock is made when much is to be done for the first time. Who came before runs without, even beside who has it. */
#include <Python.h>
#include <hashlib.h>

typedef struct { PyObject_HEAD hash_state state; PyThread_type_lock lock; } Hash;

#define ENTER(obj) \
    if ((obj)->lock) { \
        if (!PyThread_acquire_lock((obj)->lock, 0)) { \
            Py_BEGIN_ALLOW_THREADS \
            PyThread_acquire_lock((obj)->lock, 1); \
            Py_END_ALLOW_THREADS \
        } \
    }
#define LEAVE(obj) if ((obj)->lock) { PyThread_release_lock((obj)->lock); }

static PyObject *
hash_update(Hash *self, PyObject *data)
{
    Py_ssize_t size = PyBytes_GET_SIZE(data);
    if (self->lock == NULL && size > 2048) {
        self->lock = PyThread_allocate_lock();
    }
    if (self->lock) {
        Py_BEGIN_ALLOW_THREADS
        PyThread_acquire_lock(self->lock, 1);
        lib_hash_update(&self->state, PyBytes_AS_STRING(data), size);
        PyThread_release_lock(self->lock);
        Py_END_ALLOW_THREADS
    } else {  /* FIRES */
        lib_hash_update(&self->state, PyBytes_AS_STRING(data), size);
    }
    Py_RETURN_NONE;
}

static PyObject *
hash_digest(Hash *self, PyObject *unused)
{
    unsigned char digest[32];
    ENTER(self);  /* FIRES */
    lib_hash_get(&self->state, digest);
    LEAVE(self);
    return PyBytes_FromStringAndSize((char *)digest, 32);
}

static PyMethodDef methods[] = {
    {"update", (PyCFunction)hash_update, METH_O, ""},
    {"digest", (PyCFunction)hash_digest, METH_NOARGS, ""},
    {NULL}
};
