// The macro's record has no destructor.
#include <Python.h>
#include <stdexcept>

static Py_ssize_t
size(PyObject *list)
{
    Py_ssize_t n;
    Py_BEGIN_CRITICAL_SECTION(list);
    n = PyList_GET_SIZE(list);
    if (n == 0) {
        throw std::runtime_error("empty");  // FIRES
    }
    Py_END_CRITICAL_SECTION();
    return n;
}
