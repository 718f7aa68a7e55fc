// What a local reference is given, the field's memory is given.
#include <pybind11/pybind11.h>
#include <map>
#include <string>
#include <vector>

class Slots {
public:
    void set(int at, int value) {
        auto &slot = slots_[at];  // FIRES
        if (slot != value) {
            slot = value;
        }
    }
    void clear() {
        for (auto &slot : slots_) {  // FIRES
            slot = 0;
        }
    }
    int get(int at) { return slots_[at]; }  // FIRES

private:
    std::vector<int> slots_;
};

PYBIND11_MODULE(slots, m)
{
    pybind11::class_<Slots>(m, "Slots")
        .def("set", &Slots::set)
        .def("clear", &Slots::clear)
        .def("get", &Slots::get);
}
