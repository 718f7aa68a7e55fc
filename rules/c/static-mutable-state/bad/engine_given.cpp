// A function gives out a reference to its own generator: whoever draws from the result or seeds it changes the one.
#include <Python.h>
#include <random>
#include <vector>

namespace lib {

std::mt19937 &generator()
{
    static std::mt19937 one{};  // FIRES
    return one;  // FIRES
}

std::vector<int> &drawn()
{
    static std::vector<int> all;  // FIRES
    return all;  // FIRES
}

void seed(unsigned value)
{
    lib::generator().seed(value);  // FIRES
}

int draw()
{
    static const int most = 6;
    std::uniform_int_distribution<int> dice(1, most);
    int got = dice(generator());  // FIRES
    return got;
}

void keep(int got)
{
    drawn().push_back(got);  // FIRES
}

}

static PyObject *roll(PyObject *self, PyObject *arg)
{
    lib::seed(PyLong_AsUnsignedLong(arg));
    lib::keep(3);
    return PyLong_FromLong(lib::draw());
}

static PyMethodDef methods[] = {{"roll", roll, METH_O, NULL}, {NULL}};
