/* Near miss: nobody changes what is given by reference, but a copy of it; the constructor is alone with the object. */
#include <Python.h>

class Saved {
public:
    explicit Saved(Ref given) { this->context() = given; }
    Ref &context() { return this->context_; }

private:
    Ref context_;
};

class Green {
public:
    Ref context() { return this->saved.context(); }
    bool is(Ref other) { return this->saved.context() == other; }
    Ref swapped(Ref given)
    {
        Ref copy = this->saved.context();
        copy = given;
        return copy;
    }

private:
    Saved saved;
};

typedef struct {
    PyObject_HEAD
    Green *green;
} Task;

static PyObject *get_context(const Task *self, void *unused)
{
    return self->green->context().leave();
}

static PyObject *swapped(Task *self, PyObject *value)
{
    if (self->green->is(value)) {
        Py_RETURN_NONE;
    }
    return self->green->swapped(value).leave();
}

static PyMethodDef methods[] = {
    {"swapped", (PyCFunction)swapped, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"context", (getter)get_context, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
