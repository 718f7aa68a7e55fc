// Near miss: the local is a copy, or what it refers to is only read.
#include <pybind11/pybind11.h>
#include <vector>

class Slots {
public:
    int next(int at) {
        auto slot = slots_[at];
        slot += 1;
        return slot;
    }
    int sum() {
        int all = 0;
        for (const auto &slot : slots_) {
            all += slot;
        }
        auto &first = slots_[0];
        return all + first;
    }

private:
    std::vector<int> slots_;
};

PYBIND11_MODULE(slots, m)
{
    pybind11::class_<Slots>(m, "Slots").def("next", &Slots::next).def("sum", &Slots::sum);
}
