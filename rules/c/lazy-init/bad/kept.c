/* What is there is handed out at once; what follows makes it. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *memo; } Node;

static PyObject *
node_memo(Node *self, PyObject *unused)
{
    if (self->memo != NULL) {  /* FIRES */
        return Py_NewRef(self->memo);
    }
    self->memo = PyDict_New();
    return Py_XNewRef(self->memo);
}

static PyMethodDef methods[] = {
    {"memo", (PyCFunction)node_memo, METH_NOARGS, ""},
    {NULL}
};
