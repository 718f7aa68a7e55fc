/* Near miss: each is given back to where it came from, or where it came from is not known; a local may be called `free`. */
#include <Python.h>
#include <stdlib.h>

typedef struct { PyObject_HEAD char *text; char *either; PyObject *items; } Thing;
static PyTypeObject Thing_Type;

static int
thing_init(Thing *self, PyObject *args, PyObject *kwargs)
{
    self->text = malloc(100);
    self->either = args == NULL ? NULL : take_over(args);
    self->either = PyMem_Malloc(3);
    return 0;
}

static void
thing_dealloc(Thing *self)
{
    free(self->text);
    free(self->either);
    PyObject_GC_Del(self);
}

static void
thing_end(PyObject *self)
{
    freefunc free = PyType_GetSlot(Py_TYPE(self), Py_tp_free);
    free(self);
}

static Thing *
thing_new(void)
{
    Thing *self = PyObject_New(Thing, &Thing_Type);
    if (self != NULL && fill(self) < 0) {
        PyObject_Free(self);
        return NULL;
    }
    return self;
}

static void
wide(PyObject *text, int large)
{
    wchar_t *found = PyUnicode_AsWideCharString(text, NULL);
    PyMem_Free(found);
    char *buffer = large ? malloc(10000) : PyMem_Malloc(100);
    if (large) {
        free(buffer);
    } else {
        PyMem_Free(buffer);
    }
}
