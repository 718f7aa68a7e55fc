/* Near miss: the section of the original is open. */
#include <Python.h>

static PyObject *
join(PyObject *self, PyObject *arg)
{
    PyObject *first;
    PyObject *fast = PySequence_Fast(arg, "a sequence");
    Py_BEGIN_CRITICAL_SECTION_SEQUENCE_FAST(arg);
    PyObject **items = PySequence_Fast_ITEMS(fast);
    first = Py_NewRef(items[0]);
    Py_END_CRITICAL_SECTION_SEQUENCE_FAST();
    return first;
}
