// An iterator of C++ whose next step is bound as a lambda: every thread that has it moves it on.
#include <pybind11/pybind11.h>
#include <vector>

namespace py = pybind11;

class Steps {
public:
    Steps(std::vector<int> items) : items_(items), at_(0) { }
    std::vector<int> items_;
    size_t at_;
};

PYBIND11_MODULE(steps, m)
{
    py::class_<Steps> cls(m, "Steps");
    cls.def("__next__", [](Steps &self) -> int {
        if (self.at_ >= self.items_.size()) {  // FIRES
            throw py::stop_iteration();
        }

        return self.items_[self.at_++];  // FIRES
    });
}
