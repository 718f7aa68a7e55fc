// Near miss: filled while the module is made, changed under a lock, each thread's own, or a class that looks after itself.
#include <pybind11/pybind11.h>
#include <map>
#include <mutex>

class Registry {
public:
    void insert(int key, int value)
    {
        std::lock_guard<std::mutex> hold(mutex_);
        values_.insert({key, value});
    }

private:
    std::mutex mutex_;
    std::map<int, int> values_;
};

static std::map<int, int> names;
static std::map<int, int> table;
static std::mutex guard;
static thread_local std::map<int, int> seen;
static Registry registry;

PYBIND11_MODULE(m, mod)
{
    names.insert({1, 2});
    mod.def("name", [](int key) { return names.at(key); });
    mod.def("forget", [](int key) {
        std::lock_guard<std::mutex> hold(guard);
        table.erase(key);
    });
    mod.def("see", [](int key) { seen.erase(key); });
    mod.def("put", [](int key, int value) { registry.insert(key, value); });
}
