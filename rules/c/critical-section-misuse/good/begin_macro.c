/* Near miss: the macro gives the lock back before it does what it is told to do where it fails. */
#include <Python.h>

typedef struct { PyObject_HEAD PyMutex mutex; int open; long rows; } Link;

#define BEGIN_OPERATION(self, failing) \
    do { \
        PyMutex_Lock(&(self)->mutex); \
        if (!(self)->open) { \
            PyMutex_Unlock(&(self)->mutex); \
            failing; \
        } \
    } while (0)
#define END_OPERATION(self) PyMutex_Unlock(&(self)->mutex)

static PyObject *
link_rows(Link *self, PyObject *unused)
{
    BEGIN_OPERATION(self, return NULL);
    long rows = self->rows++;
    END_OPERATION(self);
    return PyLong_FromLong(rows);
}

static PyMethodDef methods[] = {{"rows", (PyCFunction)link_rows, METH_NOARGS, ""}, {NULL}};
