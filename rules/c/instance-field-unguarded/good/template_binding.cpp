// Near miss: the generator holds the object's lock meanwhile, or the object is a copy.
#include <nanobind/nanobind.h>

template <typename Vector, typename Value>
void bind_vector(nanobind::handle scope, const char *name)
{
    auto cl = nanobind::class_<Vector>(scope, name)
        .def("__len__", [](const Vector &v) { return v.size(); }, nanobind::lock_self())
        .def("sorted", [](Vector v) { v.sort(); return v; })
        .def("clear", [](Vector &v) { v.clear(); }, nanobind::lock_self());
    cl.def("append", [](Vector &v, const Value &value) { v.push_back(value); }, nanobind::lock_self());
}
