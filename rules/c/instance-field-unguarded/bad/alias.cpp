// What a binding generator holds under another name is an object of the class that the name stands for.
#include <pybind11/pybind11.h>
#include <stdexcept>

namespace py = pybind11;

namespace objects {

template <typename T>
class Borrowed
{
public:
    explicit Borrowed(T *object) : m_object(object) {}

    T const *get() const
    {
        if (!m_object) {  // FIRES
            throw std::runtime_error{"it is gone"};
        }
        return m_object;  // FIRES
    }

    void invalidate() noexcept { m_object = nullptr; }  // FIRES

private:
    T *m_object;
};

using Node = Borrowed<lib::Node const>;

}

PYBIND11_MODULE(nodes, m)
{
    py::class_<objects::Node>(m, "Node")
        .def("id", [](objects::Node const &o) { return o.get()->id(); })
        .def("invalidate", [](objects::Node &o) { o.invalidate(); });
}
