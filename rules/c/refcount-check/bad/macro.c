/* The same behind a name of the file's own. */
#include <Python.h>

#define UNSHARED(object) (Py_REFCNT(object) == 1)

static PyObject *
add(PyObject *a, PyObject *b)
{
    if (UNSHARED(a)) {  /* FIRES */
        return add_in_place(a, b);
    }
    return added(a, b);
}
