// Near miss: of the functions of one name, the one that uses fields without a lock is not the one that is called.
#include <Python.h>

struct Text { PyObject_HEAD char *data; Py_ssize_t size; };

class Number {
public:
    int parse(PyObject *arg) const { *out = PyLong_AsLong(arg); return 0; }
    long *out;
};

class Chars {
public:
    int parse(PyObject *arg) const
    {
        Text *text = (Text *)arg;
        for (Py_ssize_t i = 0; i < text->size; i++) {
            out[i] = text->data[i];
        }
        return 0;
    }
    char *out;
};

template <typename T> int parse_one(PyObject *arg, T param)
{
    return param.parse(arg);
}

static int fill(Text *text, Py_ssize_t size, PyObject *lock)
{
    Py_BEGIN_CRITICAL_SECTION(lock);
    text->data = (char *)PyMem_Realloc(text->data, size);
    text->size = size;
    Py_END_CRITICAL_SECTION();
    return 0;
}

static PyObject *text_resize(Text *self, PyObject *arg)
{
    fill(self, PyLong_AsSsize_t(arg), (PyObject *)self);
    return PyLong_FromLong(0);
}

static PyObject *text_repeat(Text *self, PyObject *arg)
{
    long times;
    if (parse_one(arg, Number(&times))) {
        return NULL;
    }
    Number number(&times);
    number.parse((PyObject *)self);
    return PyLong_FromLong(times);
}

static PyMethodDef methods[] = {
    {"resize", (PyCFunction)text_resize, METH_O, ""},
    {"repeat", (PyCFunction)text_repeat, METH_O, ""},
    {NULL}
};
