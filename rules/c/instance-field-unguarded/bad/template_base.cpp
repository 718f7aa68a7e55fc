// The fields of a class that Python objects are made of stand in a template it derives from.
#include "bindings.h"

template <typename Derived>
class Base : public Root
{
public:
    py::tuple filled(double level);
private:
    const int _size;
    double _level;
    int *_cache;
};

template <typename Derived>
py::tuple Base<Derived>::filled(double level)
{
    _level = level;  // FIRES

    _cache[_size - 1] = 1;  // FIRES
    return this->march();
}

class Serial : public Base<Serial>
{
public:
    Serial();
};

PYBIND11_MODULE(serial, m)
{
    py::class_<Serial>(m, "Serial").def("filled", &Serial::filled);
}
