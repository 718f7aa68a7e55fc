// Statics of functions that C++ makes once, by an import: whoever waits for the guard is not detached.
#include <Python.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

py::object today(py::object zone)
{
    static auto const date = py::module_::import("datetime").attr("date");  // FIRES
    return date.attr("today")();
}

PyObject *make_lock(PyObject *module, PyObject *unused)
{
    static PyObject *threading = PyImport_ImportModule("threading");  // FIRES
    return PyObject_CallMethod(threading, "Lock", nullptr);
}

py::object zone_of(py::object name)
{
    static py::object zone = [] {  // FIRES
        py::object found = py::module_::import("zoneinfo").attr("ZoneInfo");
        return found;
    }();
    return zone(name);
}

PyMethodDef methods[] = {{"make_lock", make_lock, METH_NOARGS, nullptr}, {nullptr}};

PYBIND11_MODULE(dates, m)
{
    m.def("today", &today);
    m.def("zone_of", &zone_of);
}
