/* A call into Python, and detaching, let go of the section; what was loaded before may be freed since. */
#include <Python.h>

typedef struct { PyObject_HEAD char *bytes; Py_ssize_t size; } Thing;

static void
fill(Thing *self, PyObject *callback)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    char *bytes = self->bytes;
    PyObject *value = PyObject_CallNoArgs(callback);
    bytes[0] = value == NULL;  /* FIRES */
    Py_XDECREF(value);
    Py_END_CRITICAL_SECTION();
}

static void
receive(Thing *self)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    char *bytes = self->bytes;
    Py_BEGIN_ALLOW_THREADS
    receive_into(bytes, 10);  /* FIRES */
    Py_END_ALLOW_THREADS
    Py_END_CRITICAL_SECTION();
}

static void
grow(Thing *self)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    self->bytes = PyMem_Realloc(self->bytes, self->size * 2);
    Py_END_CRITICAL_SECTION();
}
