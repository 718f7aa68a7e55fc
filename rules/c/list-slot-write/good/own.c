/* Near miss: a list made here, a tuple, the call that locks, under a lock, while the module is made, and in a dealloc. */
#include <Python.h>

static PyObject *table;

typedef struct { PyObject_HEAD PyObject *items; } Box;

static PyObject *
make(PyObject *self, PyObject *other)
{
    PyObject *list = PyList_New(1);
    PyObject *tuple = PyTuple_New(1);
    PyList_SET_ITEM(list, 0, Py_NewRef(other));
    PyTuple_SET_ITEM(tuple, 0, list);
    PyList_SetItem(other, 0, Py_NewRef(Py_None));
    Py_BEGIN_CRITICAL_SECTION(other);
    PyList_SET_ITEM(other, 0, Py_NewRef(Py_None));
    Py_END_CRITICAL_SECTION();
    return tuple;
}

static int
module_exec(PyObject *module)
{
    PyList_SET_ITEM(table, 0, Py_NewRef(Py_None));
    return 0;
}

static void
box_dealloc(Box *self)
{
    PyList_SET_ITEM(self->items, 0, NULL);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};

static PyTypeObject Box_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "Box",
    .tp_dealloc = (destructor)box_dealloc,
};
