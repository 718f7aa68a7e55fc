/* Near miss: a macro that shows the count, and one that is asserted. */
#include <Python.h>
#include <assert.h>

#define COUNT(object) Py_REFCNT(object)
#define ALIVE(object) (Py_REFCNT(object) > 0)

static PyObject *
count(PyObject *self, PyObject *object)
{
    assert(ALIVE(object));
    return PyLong_FromSsize_t(COUNT(object));
}
