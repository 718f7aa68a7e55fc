/* A loop goes through a bound vector, and through a vector that an object keeps, while other methods append. */
#include <pybind11/pybind11.h>
#include <vector>

class Route {
public:
    void visit(int stop);
    long sum() const;

private:
    std::vector<int> stops_;
};

void Route::visit(int stop)
{
    stops_.push_back(stop);  /* FIRES */
}

long Route::sum() const
{
    long out = 0;
    for (int stop : stops_) {  /* FIRES */
        out += stop;
    }
    return out;
}

using Points = std::vector<Point>;

static void bind(pybind11::module_ &m)
{
    pybind11::class_<Route>(m, "Route").def("visit", &Route::visit).def("sum", &Route::sum);
    auto points = pybind11::bind_vector<Points>(m, "Points");
    points.def("append", [](Points &self, py::handle value) {
        self.push_back(to_point(value));  /* FIRES */
    });
    points.def("__contains__", [](const Points &self, py::handle value) {
        for (const auto &one : self) {  /* FIRES */
            if (equal(one, value)) {
                return true;
            }
        }
        return false;
    });
}
