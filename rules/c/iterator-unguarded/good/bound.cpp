// Near miss: a lock of the iterator is held for the whole step.
#include <mutex>
#include <pybind11/pybind11.h>
#include <vector>

namespace py = pybind11;

class Steps {
public:
    Steps(std::vector<int> items) : items_(items), at_(0) { }
    std::mutex guard_;
    std::vector<int> items_;
    size_t at_;
};

PYBIND11_MODULE(steps, m)
{
    py::class_<Steps> cls(m, "Steps");
    cls.def("__next__", [](Steps &self) -> int {
        std::lock_guard<std::mutex> held(self.guard_);
        if (self.at_ >= self.items_.size()) {
            throw py::stop_iteration();
        }
        return self.items_[self.at_++];
    });
}
