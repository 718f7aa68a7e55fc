/* Near miss: one made here, bytes that never move, an exported buffer, under a lock, while the module is made, in a dealloc. */
#include <Python.h>

static PyObject *scratch;

typedef struct { PyObject_HEAD PyObject *array; char *at; } Box;

static PyObject *
copy(PyObject *self, PyObject *other)
{
    PyObject *made = PyByteArray_FromStringAndSize(NULL, 4);
    char *bytes = PyByteArray_AS_STRING(made);
    const char *fixed = PyBytes_AS_STRING(other);
    Py_buffer view;
    if (PyObject_GetBuffer(other, &view, PyBUF_SIMPLE) == 0) {
        bytes[0] = ((char *)view.buf)[0];
        PyBuffer_Release(&view);
    }
    Py_BEGIN_CRITICAL_SECTION(other);
    bytes[1] = PyByteArray_AS_STRING(other)[0];
    Py_END_CRITICAL_SECTION();
    bytes[2] = fixed[0];
    return made;
}

static int
module_exec(PyObject *module)
{
    PyByteArray_AS_STRING(scratch)[0] = 0;
    return 0;
}

static void
box_dealloc(Box *self)
{
    PyByteArray_AS_STRING(self->array)[0] = 0;
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
