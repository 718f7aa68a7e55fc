// The array of slots is a static of the hook, filled when it runs. DECLARES: what the author asks for.
#include <pybind11/pybind11.h>

#ifdef DECLARES
PYBIND11_MODULE(mod, m, pybind11::mod_gil_not_used()) {
#else
PYBIND11_MODULE(mod, m) {
#endif
    m.attr("answer") = 42;
}
