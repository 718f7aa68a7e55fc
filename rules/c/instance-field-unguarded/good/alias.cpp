// Near miss: names that stand for an inner class, for a pointer, and for a class within another.
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace objects {

template <typename T>
class Borrowed
{
public:
    T const *get() const { return m_object; }
    void invalidate() noexcept { m_object = nullptr; }

private:
    T *m_object;
};

using Item = Borrowed<lib::Node const>::iterator;
using Pointer = Borrowed<lib::Node const> *;

class Walker
{
    using Node = Borrowed<lib::Node const>;
};

}

PYBIND11_MODULE(nodes, m)
{
    py::class_<objects::Item>(m, "Item")
        .def("id", [](objects::Item const &o) { return o.get()->id(); })
        .def("invalidate", [](objects::Item &o) { o.invalidate(); });
    py::class_<lib::Node>(m, "Node").def("id", [](lib::Node const &o) { return o.id(); });
}
