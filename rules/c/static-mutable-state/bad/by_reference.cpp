/* A static number that functions change through a reference: a helper, and an object that marks it as used. */
#include <Python.h>

static int handed_out = 0;  /* FIRES */

class Mark {
public:
    explicit Mark(bool &flag) : flag_(flag) { flag = true; }

private:
    bool &flag_;
};

static bool busy = false;  /* FIRES */

static void bump(int &count)
{
    count++;
}

static PyObject *hand_out(PyObject *self, PyObject *unused)
{
    bump(handed_out);  /* FIRES */
    return make();
}

static PyObject *convert(PyObject *self, PyObject *value)
{
    Mark mark(busy);  /* FIRES */
    return PyObject_Repr(value);
}

static PyMethodDef methods[] = {
    {"hand_out", hand_out, METH_NOARGS, NULL},
    {"convert", convert, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
