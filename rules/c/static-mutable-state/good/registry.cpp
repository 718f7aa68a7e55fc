// Near miss: one registry for each thread, one with a lock, and objects that a template makes for its caller.
#include <pybind11/pybind11.h>
#include <map>
#include <memory>
#include <mutex>
#include <string>

struct Registry {
    std::map<std::string, int> types;
};

struct Guarded {
    std::mutex mutex;
    std::map<std::string, int> types;
};

struct Tree {
    std::map<std::string, int> nodes;
    template <bool Strict>
    void fill(const std::string &name) { nodes.insert({name, 1}); }
};

inline Registry &registry()
{
    static thread_local Registry one;
    return one;
}

inline Guarded &guarded()
{
    static Guarded one;
    return one;
}

static void add(const std::string &name, int value)
{
    registry().types.insert({name, value});
    auto &one = guarded();
    std::lock_guard<std::mutex> hold(one.mutex);
    one.types.insert({name, value});
}

static std::unique_ptr<Tree> grow(const std::string &name)
{
    auto tree = std::make_unique<Tree>();
    tree->fill<true>(name);
    return tree;
}

PYBIND11_MODULE(m, mod)
{
    pybind11::class_<Tree>(mod, "Tree");
    mod.def("add", &add);
    mod.def("grow", &grow);
}
