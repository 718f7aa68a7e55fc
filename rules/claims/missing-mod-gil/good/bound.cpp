// Near miss: the declaration is the fourth argument.
#include <pybind11/pybind11.h>

PYBIND11_MODULE(_bound, m, py::multiple_interpreters::per_interpreter_gil(), py::mod_gil_not_used()) {
    m.def("one", [] { return 1; });
}
