/* One method changes what another class keeps through the reference that it is given; a getter copies it meanwhile. */
#include <Python.h>

class Saved {
public:
    const Ref &context() const { return this->context_; }  /* FIRES */
    Ref &context() { return this->context_; }  /* FIRES */
    static void context(Saved *into, Saved *from) { }
    static PyObject *context(PyThreadState *state) { return state->context; }

private:
    Ref context_;
};

class Green {
public:
    Ref context() const { return this->saved.context(); }
    void context(Ref given) { this->saved.context() = given; }

private:
    Saved saved;
};

typedef struct {
    PyObject_HEAD
    Green *green;
} Task;

static PyObject *get_context(const Task *self, void *unused)
{
    const Green *const green = self->green;
    return green->context().leave();  /* FIRES */
}

static int set_context(Task *self, PyObject *value, void *unused)
{
    Borrowed(self)->context(value);  /* FIRES */
    return 0;
}

static PyGetSetDef getset[] = {
    {"context", (getter)get_context, (setter)set_context, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
