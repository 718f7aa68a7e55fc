// Near miss: the frame is each call's own, and `to_string` and `value` are the library's, not the class's.
#include <pybind11/pybind11.h>
#include <mutex>
#include <optional>
#include <string>
namespace py = pybind11;

struct Context { int size; };
static Context *const context = new Context{64};

class Frame {
public:
    static Frame outer(Context *around) { return {around, 0}; }
    void enter(int n) { depth_ = n; }
    Context *around_;
    int depth_;
};

class Tally {
public:
    std::string describe(int n) { return std::to_string(n); }
    int checked(Tally *other) { return other->found(3).value(); }
    void grow() { std::lock_guard<std::mutex> guard(mutex_); count_++; value(); to_string(1); }
    int deeper(int n) { return entered(Frame::outer(context), n); }

private:
    std::optional<int> found(int n) { return n; }
    std::string to_string(int n) { return std::string(n + count_++, '*'); }
    int value() { return count_++; }
    int entered(Frame frame, int n) { frame.enter(n); return n; }
    std::mutex mutex_;
    int count_ = 0;
};

PYBIND11_MODULE(frames, m, py::mod_gil_not_used())
{
    py::class_<Tally>(m, "Tally")
        .def(py::init<>())
        .def("describe", &Tally::describe)
        .def("checked", &Tally::checked)
        .def("deeper", &Tally::deeper)
        .def("grow", &Tally::grow);
    m.def("nested", [](int n) { Frame frame = Frame::outer(context); frame.enter(n); return n; });
}
