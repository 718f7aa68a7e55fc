// A pybind11 module whose arguments say something else.
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(_bound, m, py::multiple_interpreters::not_supported()) {  // FIRES
    m.def("one", [] { return 1; });
}
