// Near miss: another guard, another function beside it, and attached again inside.
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(example, m)
{
    m.def("add", [](py::object list) { PyList_Append(list.ptr(), Py_None); }, py::call_guard<Tracer>());
    m.def("compute", [](int n) { return compute(n); }, py::call_guard<py::gil_scoped_release>());
    m.def("again", [](py::object list) {
        py::gil_scoped_acquire attached;
        PyList_Append(list.ptr(), Py_None);
    }, py::call_guard<py::gil_scoped_release>());
}
