// Near miss: each thread has a generator of its own, each call makes one, or a lock is held around the drawing.
#include <pybind11/pybind11.h>
#include <mutex>
#include <random>

static std::mutex guard;
static std::mt19937 engine;

static double uniform()
{
    std::uniform_real_distribution<double> between(0, 1);
    std::lock_guard<std::mutex> lock(guard);
    return between(engine);
}

static int roll()
{
    thread_local std::mt19937_64 dice(7);
    return static_cast<int>(dice() % 6);
}

static int seeded(int seed)
{
    std::mt19937 own(seed);
    return static_cast<int>(own() % 6);
}

PYBIND11_MODULE(numbers, m, py::mod_gil_not_used())
{
    m.def("uniform", &uniform);
    m.def("roll", &roll);
    m.def("seeded", &seeded);
}
