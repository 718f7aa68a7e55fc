// Near miss: made before the thread is detached and handed on by reference; and attached again by the guard's member.
#include <Python.h>

struct view {
    view(PyObject *object) : object_(object) { Py_INCREF(object_); }
    view(const view &other) : object_(other.object_) { Py_INCREF(object_); }
    ~view() { Py_XDECREF(object_); }
    double at(int i) const;
    PyObject *object_;
};

struct plain {
    plain(const double *data) : data_(data) { }
    ~plain() { }
    const double *data_;
};

struct gil_release {
    gil_release() { state_ = PyEval_SaveThread(); }
    ~gil_release() { if (state_) restore(); }
    void restore() { PyEval_RestoreThread(state_); state_ = 0; }
    PyThreadState *state_;
};

double pair(const view &values, int i)
{
    plain other(0);
    return values.at(i) + values.at(i + 1);
}

static PyObject *total(PyObject *self, PyObject *array)
{
    double sum = 0.0;
    view values(array);
    {
        gil_release released;
        sum = pair(values, 1);
        if (sum < 0) {
            released.restore();
            view again(array);
            PyErr_SetString(PyExc_ValueError, "negative");
            return NULL;
        }
    }
    return PyFloat_FromDouble(sum);
}
