// Near miss: what readers remember is guarded or atomic, or the class is one of which functions only have values of their own.
#include <atomic>
#include <map>
#include <mutex>
#include <pybind11/pybind11.h>

class Index {
public:
    double weight(int word) const
    {
        std::lock_guard<std::mutex> guard(lock_);
        auto it = weights_.find(word);
        if (it != weights_.end()) return it->second;
        return weights_.emplace(word, compute(word)).first->second;
    }

    int asked() const { return ++asked_; }

private:
    double compute(int word) const;
    mutable std::mutex lock_;
    mutable std::map<int, double> weights_;
    mutable std::atomic<int> asked_;
};

class Solver {
public:
    double root(double from) const
    {
        steps_.push_back(from);
        lower_ = from - 1;
        return lower_;
    }

private:
    mutable std::vector<double> steps_;
    mutable double lower_;
};

static double
solve(double from)
{
    Solver solver;
    return solver.root(from);
}

PYBIND11_MODULE(index, m)
{
    pybind11::class_<Index>(m, "Index").def("weight", &Index::weight).def("asked", &Index::asked);
    m.def("solve", &solve);
}
