// Member functions of a class in namespaces are bound with all of them before the name.
#include <pybind11/pybind11.h>
#include <vector>

namespace one::two {
class Queue {
public:
    void push(int value) { values_.push_back(value); }  // FIRES
    int last() const { return values_.back(); }  // FIRES
    void reset() { values_.clear(); }  // FIRES

private:
    std::vector<int> values_;
};
}

PYBIND11_MODULE(queue, m)
{
    pybind11::class_<one::two::Queue>(m, "Queue")
        .def("push", &one::two::Queue::push)
        .def("last", &::one::two::Queue::last)
        .def("reset", &one::two::Queue::reset);
}
