/* A free list that revives objects by hand. */
#include <Python.h>

static PyObject *
revive(PyObject *self, PyObject *ob)
{
    Py_SET_REFCNT(ob, 1);  /* FIRES */
    return ob;
}
