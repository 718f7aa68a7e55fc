/* A vector that is bound under a name of Python's, in a file that takes the generator from a header of the project. */
#include "bindings.h"

using Points = std::vector<Point>;

void bind_points(py::module_ &m)
{
    auto points = py::bind_vector<Points>(m, "Points");
    points
        .def("append",
            [](Points &self, py::handle value) {
                self.push_back(to_point(value));  /* FIRES */
            });
}
