/* A lock that is taken only if a library says that it needs one guards nothing where it does not. */
#include <Python.h>
#include <files.h>

typedef struct { PyObject_HEAD file_handle *file; char message[80]; } File;

static PyMutex global_lock;

#define LOCK_FILE(x) (files_are_reentrant() == 0 ? PyMutex_Lock(&global_lock) : (void)NULL)
#define UNLOCK_FILE(x) (files_are_reentrant() == 0 ? PyMutex_Unlock(&global_lock) : (void)NULL)

static PyObject *
file_close(File *self, PyObject *unused)
{
    LOCK_FILE(self);
    if (self->file != NULL) {  /* FIRES */
        file_end(self->file);
        self->file = NULL;
    }
    UNLOCK_FILE(self);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"close", (PyCFunction)file_close, METH_NOARGS, ""},
    {NULL}
};
