/* A C++ class that Python holds: its member functions run on whichever threads call the object's methods. */
#include <pybind11/pybind11.h>

class Parser {
public:
    void feed(int n);
    int size();

private:
    int size_;
};

void Parser::feed(int n)
{
    size_ = n;  /* FIRES */
}

int Parser::size()
{
    return size_;  /* FIRES */
}

static void bind(pybind11::module_ &m)
{
    pybind11::class_<Parser>(m, "Parser").def("feed", &Parser::feed).def("size", &Parser::size);
}
