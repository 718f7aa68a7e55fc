// Near miss: what remembers something behind `const` is made by value for one call, though its base is one that objects keep.
#include <pybind11/pybind11.h>
#include <string>

namespace py = pybind11;

class Names {
public:
    virtual ~Names() { }
    virtual const std::string &name() const = 0;
};

class OfSocket : public Names {
public:
    OfSocket(int handle) : handle_(handle) { }
    const std::string &name() const override
    {
        if (name_.empty()) {
            name_ = std::to_string(handle_);
        }
        return name_;
    }

private:
    int handle_;
    mutable std::string name_;
};

class Log {
public:
    const Names *names_;
    int width(const Names &names) const { return static_cast<int>(names.name().size()); }
    int width_of(int handle) const { return width(OfSocket(handle)); }
};

PYBIND11_MODULE(logs, m, py::mod_gil_not_used())
{
    py::class_<Log>(m, "Log").def("width_of", &Log::width_of);
}
