// A template that binds containers: what a lambda is handed is the object itself.
#include <nanobind/nanobind.h>

template <typename Vector, typename Value>
void bind_vector(nanobind::handle scope, const char *name)
{
    auto cl = nanobind::class_<Vector>(scope, name)
        .def("__len__", [](const Vector &v) { return v.size(); })  // FIRES

        .def("__getitem__", [](Vector &v, Py_ssize_t i) {
            return v[i];  // FIRES
        })

        .def("clear", [](Vector &v) { v.clear(); });  // FIRES

    cl.def("append", [](Vector &v, const Value &value) { v.push_back(value); });  // FIRES
}
