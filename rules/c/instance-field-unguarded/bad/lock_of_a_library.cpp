// A class of a library that a binding holds: who puts something into the map takes the lock of the class, whoever looks
// for it does not.
#include <mutex>
#include <pybind11/pybind11.h>
#include <unordered_map>

class Graph {
public:
    void put(int label, int place);
    int find(int label) const;
    bool has(int label) const;

private:
    std::mutex mutex_;
    std::unordered_map<int, int> places_;
};

void Graph::put(int label, int place)
{
    std::lock_guard<std::mutex> hold(mutex_);
    places_[label] = place;
}

int Graph::find(int label) const
{
    return places_.at(label);  // FIRES
}

bool Graph::has(int label) const
{
    return places_.count(label) > 0;  // FIRES
}

class Index {
public:
    Graph *graph;
};

static void bind(pybind11::module_ &m)
{
    pybind11::class_<Index>(m, "Index").def(pybind11::init<>());
}
