// Near miss: each thread has a generator of its own; another function holds a lock around every use; one only reads.
#include <Python.h>
#include <mutex>
#include <random>
#include <vector>

static std::mutex lock;

std::mt19937 &own()
{
    thread_local std::mt19937 one{};
    return one;
}

const std::vector<int> &sizes()
{
    static const std::vector<int> all{1, 2, 3};
    return all;
}

static PyObject *roll(PyObject *self, PyObject *arg)
{
    own().seed(PyLong_AsUnsignedLong(arg));
    std::lock_guard<std::mutex> held(lock);
    return PyLong_FromLong(sizes().size() + own()());
}

static PyMethodDef methods[] = {{"roll", roll, METH_O, NULL}, {NULL}};
