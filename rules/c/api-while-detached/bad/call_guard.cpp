// What is bound with this guard runs detached from its first line to its last.
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(example, m)
{
    m.def("add", [](py::object list) {
        PyList_Append(list.ptr(), Py_None);  // FIRES
    }, py::call_guard<py::gil_scoped_release>());
}
