// The C library's functions as C++ names them.
#include <Python.h>
#include <cstdlib>
#include <ctime>

static PyObject *year(PyObject *self, PyObject *arg)
{
    std::time_t when = PyLong_AsLong(arg);
    std::tm *parts = std::gmtime(&when);  // FIRES
    return PyLong_FromLong(parts->tm_year + std::rand() % 2);  // FIRES
}

static PyObject *home(PyObject *self, PyObject *)
{
    std::setlocale(LC_ALL, "C");  // FIRES
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"year", year, METH_O, ""}, {"home", home, METH_NOARGS, ""}, {NULL}};
