/* Near miss: what converts arguments is made anew for each call, also where a project makes its own. */
#include <pybind11/pybind11.h>

struct Point {
    double x, y;
};

namespace pybind11 {
namespace detail {

template <> struct type_caster<Point> {
    Point *value = nullptr;

    bool load(handle source, bool)
    {
        value = new Point{PyFloat_AsDouble(source.ptr()), 0};
        return true;
    }

    operator Point *() { return value; }
};

}
}

static std::vector<pybind11::detail::type_caster<Point>> all;
