/* Near miss: what loops go through is made here, is filled by the constructor alone, or is used under the object's lock. */
#include <pybind11/pybind11.h>
#include <mutex>
#include <vector>

class Route {
public:
    explicit Route(int stop) { stops_.push_back(stop); }
    long sum() const;
    void visit(int stop);
    long all();

private:
    std::mutex lock_;
    std::vector<int> stops_;
    std::vector<int> visited_;
};

long Route::sum() const
{
    std::vector<int> copy = load();
    copy.push_back(1);
    long out = 0;
    for (int stop : stops_) {
        out += stop;
    }
    for (int stop : copy) {
        out += stop;
    }
    return out;
}

void Route::visit(int stop)
{
    std::lock_guard<std::mutex> hold(lock_);
    visited_.push_back(stop);
}

long Route::all()
{
    std::lock_guard<std::mutex> hold(lock_);
    long out = 0;
    for (int stop : visited_) {
        out += stop;
    }
    return out;
}

static void bind(pybind11::module_ &m)
{
    pybind11::class_<Route>(m, "Route")
        .def("sum", &Route::sum)
        .def("visit", &Route::visit)
        .def("all", &Route::all);
}
