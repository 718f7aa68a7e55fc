// Near miss: the generator holds the object's lock meanwhile, the class has its own, or nobody changes the field.
#include <nanobind/nanobind.h>
#include <mutex>
#include <vector>

struct Path {
    std::vector<int> points;
    int width;
};

struct Safe {
    std::mutex mutex;
    std::vector<int> points;
};

NB_MODULE(m, mod)
{
    nanobind::class_<Path>(mod, "Path")
        .def("__init__", [](Path *self, int width) { new (self) Path{{}, width}; })
        .def("add", [](Path &self, int point) { self.points.push_back(point); }, nanobind::lock_self())
        .def("last", [](const Path &self) { return self.points.back(); }, nanobind::lock_self())
        .def("width", [](const Path &self) { return self.width; })
        .def("copy", [](Path self) { self.points.clear(); return self; });
    nanobind::class_<Safe>(mod, "Safe").def("add", [](Safe &self, int point) {
        std::lock_guard<std::mutex> hold(self.mutex);
        self.points.push_back(point);
    });
}
