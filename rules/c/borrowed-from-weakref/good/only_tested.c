/* Near miss: whether the object is alive is asked, the object is not touched. */
#include <Python.h>

static int
alive(PyObject *ref)
{
    if (PyWeakref_GET_OBJECT(ref) != Py_None) {
        return 1;
    }
    return 0;
}
