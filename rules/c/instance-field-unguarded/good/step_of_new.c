/* Near miss: looks like an `__init__`, but it is a step of the function that makes the object, and in no type's table. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *prefix; PyObject *suffix; } Counter;

static PyTypeObject Counter_Type;

static int
Counter_init(Counter *self, PyObject *args, PyObject *kwargs)
{
    PyObject *prefix;
    if (!PyArg_ParseTuple(args, "O", &prefix)) {
        return -1;
    }
    Py_CLEAR(self->prefix);
    self->prefix = Py_NewRef(prefix);
    return 0;
}

static PyObject *
make_counter(PyObject *module, PyObject *args, PyObject *kwargs)
{
    Counter *made = PyObject_New(Counter, &Counter_Type);
    if (made == NULL) {
        return NULL;
    }
    made->prefix = NULL;
    if (Counter_init(made, args, kwargs) != 0) {
        return NULL;
    }
    return (PyObject *)made;
}

static PyMethodDef functions[] = {
    {"counter", (PyCFunction)make_counter, METH_VARARGS | METH_KEYWORDS, ""},
    {NULL}
};
