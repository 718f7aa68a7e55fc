/* A helper that replaces whatever field its callers name. */
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *name;
    PyObject *doc;
} Thing;

static int set_object(PyObject **target, PyObject *value)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "cannot delete");
        return -1;
    }
    Py_XSETREF(*target, Py_NewRef(value));
    return 0;
}

static int set_name(Thing *self, PyObject *value, void *unused)
{
    return set_object(&self->name, value);  /* FIRES */
}

static int set_doc(Thing *self, PyObject *value, void *unused)
{
    int result;
    Py_BEGIN_CRITICAL_SECTION(self);
    result = set_object(&self->doc, value);
    Py_END_CRITICAL_SECTION();
    return result;
}

static PyObject *get_name(Thing *self, void *unused)
{
    return Py_NewRef(self->name);  /* FIRES */
}

static PyGetSetDef getset[] = {
    {"name", (getter)get_name, (setter)set_name, NULL, NULL},
    {"doc", NULL, (setter)set_doc, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
