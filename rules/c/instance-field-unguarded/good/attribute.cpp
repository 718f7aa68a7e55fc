/* Near miss: attributes that are numbers, that nothing assigns, that a lock is held for, or whose class nobody has seen. */
#include <memory>
#include <mutex>
#include <string>
#include <nanobind/nanobind.h>

namespace nb = nanobind;

struct Range {
    int first = 0;
    int last = 0;
};

class Text {
public:
    Text &operator=(const Text &other);

private:
    std::mutex lock_;
    std::string text_;
};

struct Options {
    double rate;
    Range range;
    Text text;
    Mode mode;
    Options *parent;
    std::string name;
    std::string path;
};

NB_MODULE(models, m)
{
    nb::class_<Options>(m, "Options")
        .def_rw("rate", &Options::rate)
        .def_rw("range", &Options::range)
        .def_rw("text", &Options::text)
        .def_rw("mode", &Options::mode)
        .def_rw("parent", &Options::parent)
        .def_ro("name", &Options::name)
        .def_rw("path", &Options::path, nb::for_getter(nb::lock_self()), nb::for_setter(nb::lock_self()));
    nb::class_<elsewhere::Reader>(m, "Reader").def_rw("name", &elsewhere::Reader::name);
}
