// A function of a module of many files, which a header of the project's own tells of the generator: it runs once, and
// what it binds whenever Python code calls that.
#include "bindings.h"

static std::vector<int> seen;  // FIRES

void init_module_seen(py::module &m)
{
    m.def("see", [](int one) { seen.push_back(one); });  // FIRES
    m.def("count", [] { return seen.size(); });
}
