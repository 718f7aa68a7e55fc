// Objects that count references, made and ended while a guard of the project's own has the thread detached.
#include <Python.h>

template <typename T>
struct view_base {
    view_base(PyObject *object) : object_(object) { Py_INCREF(object_); }
    view_base(const view_base<T> &other) : object_(other.object_) { Py_INCREF(object_); }
    ~view_base() { Py_XDECREF(object_); }
    PyObject *object_;
};

template <typename T>
struct view : public view_base<T> {
    view(PyObject *object) : view_base<T>(object) { }
    T at(int i) const;
};

struct gil_release {
    gil_release() { state_ = PyEval_SaveThread(); }
    ~gil_release() { PyEval_RestoreThread(state_); }
    PyThreadState *state_;
};

struct window {
    window(PyObject *object) {
        view<double> values(object);  // FIRES
        first = values.at(0);
    }
    double first;
};

double pair(view<double> values, int i)
{
    return values.at(i) + values.at(i + 1);
}

double pairs(const view<double> &values, int count)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++) {
        sum += pair(values, i);  // FIRES
    }
    return sum;
}

static PyObject *total(PyObject *self, PyObject *array)
{
    double sum = 0.0;
    {
        gil_release released;
        const view<double> values(array);  // FIRES
        window begin(array);
        sum = begin.first + pairs(values, 10);
    }
    return PyFloat_FromDouble(sum);
}
