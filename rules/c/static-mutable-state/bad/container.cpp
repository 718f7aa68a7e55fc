// Containers of the process that functions change through their members, bound by name and as lambdas.
#include <pybind11/pybind11.h>
#include <map>
#include <vector>

using Table = std::map<int, int>;

static Table table;  // FIRES
static std::vector<int> rows;  // FIRES

static int lookup(int key)
{
    static auto cache = std::map<int, int>{};  // FIRES
    auto at = cache.find(key);  // FIRES
    if (at != cache.end()) {
        return at->second;
    }
    int value = compute(key);
    cache.emplace(key, value);  // FIRES
    return value;
}

PYBIND11_MODULE(m, mod)
{
    static int calls = 0;  // FIRES
    mod.def("lookup", &lookup);
    mod.def("forget", [](int key) {
        table.erase(key);  // FIRES
    });
    mod.def("count", [](int row) {
        calls++;  // FIRES
        rows.push_back(row);  // FIRES
        return calls;
    });

    mod.def("last", []() {
        return rows.back();  // FIRES
    });
}
