/* A tree of structs that two types of objects point into, reached by a field and by a look-up. */
#include <Python.h>

typedef struct node {
    struct node *next;
    char **attrs;
    Py_ssize_t count;
    PyObject *data;
} node_t;

typedef struct { node_t *head; } tree_t;

typedef struct {
    PyObject_HEAD
    node_t *node;
} AttrsObject;

typedef struct {
    PyObject_HEAD
    tree_t *tree;
} TreeObject;

static node_t *find(tree_t *tree, const char *key)
{
    node_t *one = tree->head;
    while (one && !has_key(one, key)) {
        one = one->next;
    }
    return one;
}

static int grow(node_t *node)
{
    char **more = PyMem_Realloc(node->attrs, (node->count + 8) * sizeof(char *));
    if (more == NULL) {
        return -1;
    }
    node->attrs = more;
    return 0;
}

static PyObject *attrs_add(PyObject *self, PyObject *name)
{
    node_t *node = ((AttrsObject *)self)->node;
    if (grow(node) < 0) {  /* FIRES */
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *attrs_first(PyObject *self, PyObject *unused)
{
    node_t *node = ((AttrsObject *)self)->node;
    return PyUnicode_FromString(node->attrs[0]);  /* FIRES */
}

static PyObject *tree_get(TreeObject *self, PyObject *key)
{
    node_t *node = find(self->tree, PyUnicode_AsUTF8(key));
    if (node == NULL) {
        Py_RETURN_NONE;
    }
    PyObject *data = node->data;  /* FIRES */
    Py_XINCREF(data);
    return data;
}

static PyObject *tree_drop(TreeObject *self, PyObject *key)
{
    node_t *node = find(self->tree, PyUnicode_AsUTF8(key));
    Py_CLEAR(node->data);  /* FIRES */
    Py_RETURN_NONE;
}

static PyMethodDef attrs_methods[] = {
    {"add", attrs_add, METH_O, NULL},
    {"first", attrs_first, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef tree_methods[] = {
    {"get", (PyCFunction)tree_get, METH_O, NULL},
    {"drop", (PyCFunction)tree_drop, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
