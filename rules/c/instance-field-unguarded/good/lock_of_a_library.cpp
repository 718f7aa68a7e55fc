// Near miss: members that a lock is held around by chance. A map that most use without it, a vector that more use without
// it than with it and of which one item is set, a map that locks by itself, a class with a lock of its own, and a list
// that is filled under a lock while nobody else has it.
#include <list>
#include <mutex>
#include <pybind11/pybind11.h>
#include <unordered_map>
#include <vector>

class Hits {
public:
    void add(int n)
    {
        std::lock_guard<std::mutex> hold(mutex_);
        all_.push_back(n);
    }

private:
    std::mutex mutex_;
    std::vector<int> all_;
};

class Graph {
public:
    void init(int label)
    {
        std::lock_guard<std::mutex> hold(mutex_);
        levels_.push_back(label);
    }
    void put(int label, int place)
    {
        std::lock_guard<std::mutex> hold(mutex_);
        names_[label] = place;
        items_[label] = place;
        own_[label] = place;
        hits_.add(label);
    }
    int name(int label) const { return names_.at(label); }
    bool has_name(int label) const { return names_.count(label) > 0; }
    int names() const { return names_.size(); }
    int last_name() const { return names_.at(names_.size()); }
    int item(int label) const { return items_.at(label); }
    int own(int label) const { return own_.at(label); }
    void hit(int label) { hits_.add(label); }
    int levels() const { return levels_.size(); }

private:
    std::mutex mutex_;
    std::unordered_map<int, int> names_;
    std::vector<int> items_;
    tbb::concurrent_map<int, int> own_;
    Hits hits_;
    std::list<int> levels_;
};

class Index {
public:
    Graph *graph;
};

static void bind(pybind11::module_ &m)
{
    pybind11::class_<Index>(m, "Index").def(pybind11::init<>());
}
