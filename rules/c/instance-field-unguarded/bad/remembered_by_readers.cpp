// What `const` members remember in the object: its readers change it at once.
#include <map>
#include <memory>
#include <string>
#include <vector>
#include <pybind11/pybind11.h>

// Nobody binds it, but each index has one.
class Shapes {
public:
    double area(int shape) const
    {
        auto it = areas_.find(shape);  // FIRES
        if (it != areas_.end()) return it->second;
        return areas_.emplace(shape, measure(shape)).first->second;
    }

private:
    double measure(int shape) const;
    mutable std::map<int, double> areas_;
};

class Index {
public:
    double weight(int word) const
    {
        auto it = weights_.find(word);  // FIRES
        if (it != weights_.end()) return it->second;
        return weights_.emplace(word, compute(word)).first->second;
    }

    int upper(double at) const
    {
        if (at < values_[last_]) {  // FIRES
            last_ = find(at, 0, last_);
        }
        return last_;  // FIRES
    }

    const std::string &name() const
    {
        if (name_.empty()) {
            name_ = make_name();
        }
        return name_;
    }

private:
    double compute(int word) const;
    int find(double at, int from, int to) const;
    std::string make_name() const;
    std::vector<double> values_;
    std::unique_ptr<Shapes> shapes_;
    mutable std::map<int, double> weights_;
    mutable int last_ = 0;
    mutable std::string name_;
};

PYBIND11_MODULE(index, m)
{
    pybind11::class_<Index>(m, "Index").def("weight", &Index::weight).def("upper", &Index::upper);
}
