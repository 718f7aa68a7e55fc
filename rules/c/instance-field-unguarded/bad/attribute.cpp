/* Members that own memory, as attributes of a bound class: the generator assigns and copies them as they are. */
#include <memory>
#include <string>
#include <vector>
#include <pybind11/pybind11.h>

namespace py = pybind11;

struct Range {
    int first = 0;
    int last = 0;
};

class Options {
public:
    Options();
    struct Names {
        std::string language;
        std::vector<std::string> others;
    };
    bool verbose = false;
    Range range;
    Names names;
};

struct Model {
    std::shared_ptr<Options> options;
    double rate;
};

PYBIND11_MODULE(models, m)
{
    py::class_<Options::Names>(m, "Names")
        .def_readwrite("language", &Options::Names::language)  /* FIRES */
        .def_readwrite("others", &Options::Names::others);

    py::class_<Options>(m, "Options")
        .def_readwrite("verbose", &Options::verbose)
        .def_readwrite("range", &Options::range)
        .def_readwrite("names", &Options::names);  /* FIRES */

    py::class_<Model>(m, "Model")
        .def_readwrite("rate", &Model::rate)
        .def_readwrite("options", &Model::options);  /* FIRES */
}
