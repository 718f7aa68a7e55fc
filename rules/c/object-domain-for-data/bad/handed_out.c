/* A library is told to take its memory from where only objects may be. */
#include <Python.h>
#include <library.h>

static const struct library_memory memory = {PyObject_Malloc, PyObject_Free};  /* FIRES */

static void
start(struct library *self)
{
    library_set_allocator(self, PyObject_Malloc, PyObject_Free);  /* FIRES */
}
