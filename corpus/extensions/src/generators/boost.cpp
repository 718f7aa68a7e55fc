// What BOOST_PYTHON_MODULE expands to: the definition and the rest are handed to a function of the library, whose
// bool says what the module declares. Declared in our own words, so that no Boost is needed.
#define FT
#include "../pyabi.h"

namespace boost { namespace python { namespace detail {
IMPORT PyObject *init_module(PyModuleDef &, void (*)(), bool);
IMPORT PyObject *init_module(PyModuleDef &, void (*)());
}}}

static void init_module_mod() {}

extern "C" EXPORT PyObject *PyInit_mod() {
    static PyModuleDef definition = { HEAD, 0, 0, 0, "mod", 0, (size)-1, 0, 0, 0, 0, 0 };
#ifdef DECLARES
    return boost::python::detail::init_module(definition, init_module_mod, true);
#else
    return boost::python::detail::init_module(definition, init_module_mod, false);
#endif
}
