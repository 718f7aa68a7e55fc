// Near miss: an import under a lock that the guard is behind, by a call-once that detaches, for each thread, and while the module is made.
#include <Python.h>
#include <mutex>
#include <pybind11/gil_safe_call_once.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

py::object today()
{
    PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> storage;
    auto &date = storage.call_once_and_store_result([]() -> py::object {
        return py::module_::import("datetime").attr("date");
    }).get_stored();
    return date.attr("today")();
}

static PyMutex lock;

PyObject *make_lock(PyObject *module, PyObject *unused)
{
    PyMutex_Lock(&lock);
    static PyObject *threading = PyImport_ImportModule("threading");
    PyMutex_Unlock(&lock);
    return PyObject_CallMethod(threading, "Lock", nullptr);
}

py::object zone_of(py::object name)
{
    static thread_local py::object zone = py::module_::import("zoneinfo").attr("ZoneInfo");
    static auto const make = [] { return py::module_::import("zoneinfo").attr("ZoneInfo"); };
    py::object other = py::module_::import("zoneinfo");
    return zone(name);
}

PyMethodDef methods[] = {{"make_lock", make_lock, METH_NOARGS, nullptr}, {nullptr}};

PYBIND11_MODULE(dates, m)
{
    static py::object abc = py::module_::import("collections.abc");
    m.attr("Mapping") = abc.attr("Mapping");
    m.def("today", &today);
    m.def("zone_of", &zone_of);
}
