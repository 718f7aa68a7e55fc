/* Changing in place because the count says so. */
#include <Python.h>

static PyObject *
grow(PyObject *self, PyObject *ob)
{
    if (Py_REFCNT(ob) == 1) {  /* FIRES */
        return Py_NewRef(ob);
    }
    assert(Py_REFCNT(ob) > 1);  /* FIRES */
    assert(PyList_Size(ob) > 1);
    return PySequence_List(ob);
}
