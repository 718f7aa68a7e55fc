// Near miss: a namespace of the project has functions of these names, and what the C++ library has of its own is safe.
#include <Python.h>
#include <chrono>
#include <mutex>
#include "calendar.h"

static std::mutex clock_lock;

static PyObject *year(PyObject *self, PyObject *arg)
{
    std::time_t when = PyLong_AsLong(arg);
    std::tm parts = calendar::gmtime(when);
    calendar::setlocale(std::strlen("C"));
    std::tm again;
    gmtime_r(&when, &again);
    std::lock_guard<std::mutex> held(clock_lock);
    std::tm copied = *std::gmtime(&when);
    std::setlocale(LC_ALL, "C");
    return PyLong_FromLong(parts.tm_year + again.tm_year + copied.tm_year);
}

static PyMethodDef methods[] = {{"year", year, METH_O, ""}, {NULL}};
