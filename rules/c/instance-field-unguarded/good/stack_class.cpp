/* Near miss: a class that functions only have values of, and members that a constructor and a destructor use. */
#include <Python.h>

class Reader {
public:
    Reader(const char *text) : text(text) { at = 0; }
    ~Reader() { at = -1; }
    int next() { at++; return text[at]; }
    void skip(int count) { at += count; }

private:
    const char *text;
    int at;
};

static PyObject *
second(PyObject *module, PyObject *arg)
{
    Reader reader(PyUnicode_AsUTF8(arg));
    reader.skip(1);
    return PyLong_FromLong(reader.next());
}

static PyMethodDef methods[] = {
    {"second", second, METH_O, ""},
    {NULL}
};
