/* Every way from one allocator to another: what the C library gave, what the C API gives, fields, objects. */
#include <Python.h>
#include <stdlib.h>

typedef struct { PyObject_HEAD char *text; double *rows; PyObject *items; } Thing;
static PyTypeObject Thing_Type;

static int
thing_init(Thing *self, PyObject *args, PyObject *kwargs)
{
    self->text = malloc(100);
    double *rows = NULL;
    rows = (double *)PyMem_Malloc(100);
    self->rows = rows;
    return 0;
}

static void
thing_dealloc(PyObject *op)
{
    Thing *self = (Thing *)op;
    PyMem_Free(self->text);  /* FIRES */
    free(self->rows);  /* FIRES */
    PyMem_Free(self);  /* FIRES */
}

static Thing *
thing_new(void)
{
    Thing *self = PyObject_GC_New(Thing, &Thing_Type);
    if (self == NULL) {
        return NULL;
    }
    self->items = PyList_New(0);
    if (self->items == NULL) {
        PyObject_Del(self);  /* FIRES */
        return NULL;
    }
    return self;
}

static void
wide(PyObject *text)
{
    wchar_t *found = PyUnicode_AsWideCharString(text, NULL);
    PyMem_RawFree(found);  /* FIRES */
    char *buffer = malloc(10);
    buffer = PyMem_Realloc(buffer, 20);  /* FIRES */
    PyMem_Free(buffer);
}
