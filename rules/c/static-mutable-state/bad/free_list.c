/* Objects end on any thread, so what their end puts on a list of spare ones is shared. */
#include <Python.h>

typedef struct Node { PyObject_HEAD struct Node *next; } Node;

static PyTypeObject Node_Type;
static Node *spare;  /* FIRES */
static int spares = 0;  /* FIRES */

static void
node_dealloc(Node *self)
{
    if (spares < 100) {  /* FIRES */
        self->next = spare;
        spare = self;  /* FIRES */
        spares++;  /* FIRES */
        return;
    }
    PyObject_Free(self);
}

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    Node *node = spare;
    if (node != NULL) {
        spare = node->next;  /* FIRES */
        spares--;  /* FIRES */
        return (PyObject *)node;
    }
    return type->tp_alloc(type, 0);
}

static PyTypeObject Node_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "Node",
    .tp_basicsize = sizeof(Node),
    .tp_new = node_new,
    .tp_dealloc = (destructor)node_dealloc,
};
