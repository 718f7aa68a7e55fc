// Near miss: the project's own class binds each function with the object's lock around it.
#include <nanobind/nanobind.h>
#include "locked_class.h"
#include <vector>

struct Path {
    std::vector<int> points;
};

NB_MODULE(m, mod)
{
    locked_class_<Path>(mod, "Path")
        .def("add", [](Path &self, int point) { self.points.push_back(point); })
        .def("__len__", [](Path &self) { return self.points.size(); });
}
