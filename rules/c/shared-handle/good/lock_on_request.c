/* Near miss: a lock that is asked for itself, and macros that take one whatever the answer. */
#include <Python.h>
#include <files.h>

typedef struct { PyObject_HEAD PyMutex *lock; file_handle *file; file_handle *other; } File;

static PyMutex global_lock;
static PyMutex own_lock;

#define LOCK_FILE(x) ((x)->lock != NULL ? PyMutex_Lock((x)->lock) : (void)NULL)
#define UNLOCK_FILE(x) ((x)->lock != NULL ? PyMutex_Unlock((x)->lock) : (void)NULL)
#define LOCK_ONE(x) (files_are_reentrant() == 0 ? PyMutex_Lock(&global_lock) : PyMutex_Lock(&own_lock))
#define UNLOCK_ONE(x) (files_are_reentrant() == 0 ? PyMutex_Unlock(&global_lock) : PyMutex_Unlock(&own_lock))

static PyObject *
file_close(File *self, PyObject *unused)
{
    LOCK_FILE(self);
    if (self->file != NULL) {
        file_end(self->file);
        self->file = NULL;
    }
    UNLOCK_FILE(self);
    Py_RETURN_NONE;
}

static PyObject *
file_close_other(File *self, PyObject *unused)
{
    LOCK_ONE(self);
    if (self->other != NULL) {
        file_end(self->other);
        self->other = NULL;
    }
    UNLOCK_ONE(self);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"close", (PyCFunction)file_close, METH_NOARGS, ""},
    {"close_other", (PyCFunction)file_close_other, METH_NOARGS, ""},
    {NULL}
};
