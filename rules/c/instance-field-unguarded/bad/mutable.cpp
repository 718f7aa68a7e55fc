#include <memory>
#include <nanobind/nanobind.h>

struct Mesh {
    size_t size() const;
    Mesh moved(double by) const;
};

class Node {
public:
    virtual ~Node() = default;
    virtual std::shared_ptr<const Mesh> mesh() const = 0;
};

// A leaf is shared by all values that were made of it; what it makes on demand, two threads make at once.
class Leaf : public Node {
public:
    std::shared_ptr<const Mesh> mesh() const override
    {
        if (offset_ == 0) return mesh_; // FIRES
        mesh_ = std::make_shared<const Mesh>(mesh_->moved(offset_));
        offset_ = 0;
        return mesh_;
    }

private:
    mutable std::shared_ptr<const Mesh> mesh_;
    mutable double offset_ = 0;
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
