// One registry for the process, which a function hands out, and functions that are called with a template's arguments.
#include <pybind11/pybind11.h>
#include <map>
#include <string>

struct Registry {
    std::map<std::string, int> types;
    std::map<int, int> patients;
};

template <bool Strict>
Registry *singleton()
{
    static Registry *registry = new Registry();
    return registry;
}

inline Registry &get_registry()
{
    return *singleton<true>();
}

namespace detail {
using ::get_registry;
}

static void add(const std::string &name, int value)
{
    Registry *registry = singleton<true>();
    registry->types.insert({name, value});  // FIRES
}

template <bool Strict>
int find(const std::string &name)
{
    auto &registry = get_registry();
    auto at = registry.types.find(name);  // FIRES
    return at == registry.types.end() ? -1 : at->second;
}

static void forget(int key)
{
    get_registry().patients.erase(key);  // FIRES
}

static void keep(int key, int value)
{
    detail::get_registry().patients[key] = value;  // FIRES
}

PYBIND11_MODULE(m, mod)
{
    mod.def("keep", &keep);
    mod.def("add", &add);
    mod.def("find", [](const std::string &name) { return find<true>(name); });
    mod.def("forget", &forget);
}
