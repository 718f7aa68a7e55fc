// Near miss: a guard with a destructor, and a throw that is caught inside of the section.
#include <Python.h>
#include <mutex>
#include <stdexcept>

static std::mutex mutex;

static int
guarded(int x)
{
    std::lock_guard<std::mutex> guard(mutex);
    if (x == 0) {
        throw std::runtime_error("empty");
    }
    return x;
}

static int
caught(PyObject *list)
{
    int n = 0;
    Py_BEGIN_CRITICAL_SECTION(list);
    try {
        if (n == 0) {
            throw std::runtime_error("empty");
        }
    } catch (const std::exception &) {
        n = 1;
    }
    Py_END_CRITICAL_SECTION();
    return n;
}
