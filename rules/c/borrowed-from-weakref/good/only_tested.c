/* Near miss: whether the object is alive is asked, and the function that is asked holds the object meanwhile. */
#include <Python.h>

static int
alive(PyObject *ref)
{
    if (PyWeakref_GetObject(ref) != Py_None) {
        return 1;
    }
    return 0;
}
