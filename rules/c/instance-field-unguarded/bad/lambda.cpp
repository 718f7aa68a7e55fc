// What a binding generator is handed runs whenever Python code calls it, though what is around it runs once.
#include <nanobind/nanobind.h>
#include <vector>

struct Path {
    std::vector<int> points;
    int closed;
};

NB_MODULE(m, mod)
{
    nanobind::class_<Path>(mod, "Path")
        .def("add", [](Path &self, int point) {
            self.points.push_back(point);  // FIRES
        })

        .def("last", [](const Path &self) {
            return self.points.back();  // FIRES
        })

        .def_prop_rw("closed",
            [](const Path &self) { return self.closed; },  // FIRES

            [](Path &self, int value) { self.closed = value; });  // FIRES
}
