/* A library's state, used by two methods, once while detached. */
#include <Python.h>
#include <hashlib.h>

typedef struct { PyObject_HEAD hash_state *state; } Hash;

static PyObject *
hash_update(Hash *self, PyObject *data)
{
    Py_BEGIN_ALLOW_THREADS
    lib_hash_update(self->state, 1);  /* FIRES */
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *
hash_reset(Hash *self, PyObject *unused)
{
    lib_hash_reset(self->state);  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
hash_digest(Hash *self, PyObject *unused)
{
    return PyLong_FromLong(lib_hash_get_digest(self->state));  /* FIRES */
}

static PyObject *
hash_size(Hash *self, PyObject *unused)
{
    return PyLong_FromSize_t(lib_hash_sizeof_state(self->state));  /* FIRES low confidence: it only looks. */
}

static PyMethodDef methods[] = {
    {"update", (PyCFunction)hash_update, METH_O, ""},
    {"reset", (PyCFunction)hash_reset, METH_NOARGS, ""},
    {"size", (PyCFunction)hash_size, METH_NOARGS, ""},
    {"digest", (PyCFunction)hash_digest, METH_NOARGS, ""},
    {NULL}
};
