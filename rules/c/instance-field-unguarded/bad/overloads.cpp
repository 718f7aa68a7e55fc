// The class of the object says which function of the name is called: one uses fields without a lock, the other does not.
// Where it is a template's argument, it may be either, and the call is told for neither.
#include <Python.h>

struct Text { PyObject_HEAD char *data; Py_ssize_t size; };

class Number {
public:
    int parse(PyObject *arg) const { return PyLong_AsLong(arg); }
};

class Chars {
public:
    int parse(PyObject *arg) const
    {
        Text *text = (Text *)arg;
        for (Py_ssize_t i = 0; i < text->size; i++) {  // FIRES
            use(text->data[i]);
        }
        return 0;
    }
};

static PyObject *text_resize(Text *self, PyObject *arg)
{
    Py_ssize_t size = PyLong_AsSsize_t(arg);
    Py_BEGIN_CRITICAL_SECTION(self);
    self->data = (char *)PyMem_Realloc(self->data, size);
    self->size = size;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(0);
}

template <typename T> int parse_one(PyObject *arg, T param)
{
    return param.parse(arg);
}

static PyObject *text_repeat(Text *self, PyObject *arg)
{
    if (parse_one((PyObject *)self, Number())) {
        return NULL;
    }
    Number number;
    number.parse((PyObject *)self);
    return PyLong_FromLong(0);
}

static PyObject *text_print(Text *self, PyObject *unused)
{
    Chars chars;
    chars.parse((PyObject *)self);  // FIRES
    return PyLong_FromLong(0);
}

static PyMethodDef methods[] = {
    {"resize", (PyCFunction)text_resize, METH_O, ""},
    {"repeat", (PyCFunction)text_repeat, METH_O, ""},
    {"print", (PyCFunction)text_print, METH_NOARGS, ""},
    {NULL}
};
