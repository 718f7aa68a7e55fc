/* Near miss: what is handed over is a copy, a constant, or is only looked at; and a number of this call alone. */
#include <Python.h>

static int limit = 3;
static int depth = 0;

class Copy {
public:
    explicit Copy(int count) { count++; }
};

static int doubled(int count)
{
    count += count;
    return count;
}

static int looked(const int &count)
{
    return count + 1;
}

static void bump(int &count)
{
    count++;
}

static PyObject *convert(PyObject *self, PyObject *value)
{
    int own = 0;
    bump(own);
    Copy copy(limit);
    return PyLong_FromLong(doubled(limit) + looked(depth) + own);
}

static PyMethodDef methods[] = {
    {"convert", convert, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
