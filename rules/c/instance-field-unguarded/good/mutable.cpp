// Near miss: what a shared value fills in is guarded, or belongs to a value that nothing shares.
#include <memory>
#include <mutex>
#include <nanobind/nanobind.h>

struct Mesh {
    size_t size() const;
    Mesh moved(double by) const;
};

class Node {
public:
    std::shared_ptr<const Mesh> mesh() const
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (offset_ == 0) return mesh_;
        mesh_ = std::make_shared<const Mesh>(mesh_->moved(offset_));
        offset_ = 0;
        return mesh_;
    }

private:
    mutable std::mutex lock_;
    mutable std::shared_ptr<const Mesh> mesh_;
    mutable double offset_ = 0;
};

// Only a builder has one, and it is gone when the builder is done.
class Scratch {
public:
    double sum() const
    {
        if (!known_) {
            sum_ = add();
            known_ = true;
        }
        return sum_;
    }

private:
    double add() const;
    mutable double sum_;
    mutable bool known_ = false;
};

class Solid {
public:
    size_t count() const { return node_->mesh()->size(); }

private:
    std::shared_ptr<Node> node_;
};

NB_MODULE(solids, m)
{
    nanobind::class_<Solid>(m, "Solid").def("count", &Solid::count);
}
