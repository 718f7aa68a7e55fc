/* Near miss: structs that objects point to, which are built before anybody has them, or whose object is locked. */
#include <Python.h>

typedef struct node {
    struct node *next;
    int status;
    PyObject *data;
} node_t;

typedef struct {
    PyObject_HEAD
    node_t *node;
} PatternObject;

typedef struct { node_t *end; } args_t;

static void add_node(node_t *first, node_t *second)
{
    first->next = second;
    first->status |= 1;
}

static int build_group(args_t *args)
{
    node_t *node = create_node(args, 1);
    add_node(args->end, node);
    args->end = node;
    return 0;
}

static PyObject *compile(PyObject *module, PyObject *code)
{
    args_t args;
    start_building(&args);
    if (build_group(&args) < 0) {
        return NULL;
    }
    return pattern_around(args.end);
}

/* Nobody changes a node once it is built. */
static PyObject *pattern_status(PatternObject *self, PyObject *unused)
{
    node_t *node = self->node;
    return PyLong_FromLong(node->status + node->next->status);
}

static PyObject *pattern_data(PatternObject *self, PyObject *unused)
{
    PyObject *data;
    Py_BEGIN_CRITICAL_SECTION(self);
    node_t *node = self->node;
    data = Py_XNewRef(node->data);
    Py_END_CRITICAL_SECTION();
    return data;
}

static PyObject *pattern_set(PatternObject *self, PyObject *value)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    node_t *node = self->node;
    Py_XSETREF(node->data, Py_NewRef(value));
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"status", (PyCFunction)pattern_status, METH_NOARGS, NULL},
    {"data", (PyCFunction)pattern_data, METH_NOARGS, NULL},
    {"set", (PyCFunction)pattern_set, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef module_methods[] = {
    {"compile", compile, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
