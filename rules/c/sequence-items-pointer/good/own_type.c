/* Near miss: a tuple, a list made here, a list whose section is held, and a helper that is handed a new one. */
#include <Python.h>

static PyObject *
first_of(PyListObject *list)
{
    return Py_NewRef(list->ob_item[0]);
}

static PyObject *
all(PyObject *self, PyObject *object)
{
    PyTupleObject *tuple = (PyTupleObject *)object;
    PyObject *made = PyList_New(1);
    PyListObject *own = (PyListObject *)made;
    PyListObject *given = (PyListObject *)self;
    own->ob_item[0] = Py_NewRef(tuple->ob_item[0]);
    Py_BEGIN_CRITICAL_SECTION(given);
    own->ob_item[1] = Py_NewRef(given->ob_item[0]);
    Py_END_CRITICAL_SECTION();
    return first_of(own);
}

static PyMethodDef methods[] = {{"all", all, METH_O, ""}, {NULL}};
