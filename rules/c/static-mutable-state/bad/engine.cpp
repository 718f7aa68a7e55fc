// Generators of random numbers that all threads draw from: each number changes them.
#include <pybind11/pybind11.h>
#include <random>

static std::mt19937 engine;  // FIRES

static double uniform()
{
    std::uniform_real_distribution<double> between(0, 1);
    return between(engine);  // FIRES
}

static int roll()
{
    static std::random_device device;
    static std::mt19937_64 dice(device());  // FIRES
    return static_cast<int>(dice() % 6);  // FIRES
}

PYBIND11_MODULE(numbers, m, py::mod_gil_not_used())
{
    m.def("uniform", &uniform);
    m.def("roll", &roll);
}
