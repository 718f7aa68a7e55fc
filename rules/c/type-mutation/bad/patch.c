/* A method that patches a type while others use it. */
#include <Python.h>

static PyTypeObject Thing_Type;

static PyObject *
patch(PyObject *self, PyObject *value)
{
    if (PyDict_SetItemString(Thing_Type.tp_dict, "hook", value) < 0) {  /* FIRES */
        return NULL;
    }
    PyType_Modified(&Thing_Type);  /* FIRES */
    Thing_Type.tp_dict = NULL;  /* FIRES */
    Thing_Type.tp_flags |= Py_TPFLAGS_HEAPTYPE;  /* FIRES */
    value->ob_type = &Thing_Type;  /* FIRES */
    Py_SET_TYPE(value, &Thing_Type);  /* FIRES */
    Py_RETURN_NONE;
}
