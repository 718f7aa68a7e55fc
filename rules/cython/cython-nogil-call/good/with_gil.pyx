# Near miss: inside `with gil`, outside of the block, and the function that is made for it.
cdef extern from "Python.h" nogil:
    void PyErr_SetString(void *type, const char *text)
    void *PyMem_RawMalloc(size_t size)


def run(int n):
    with nogil:
        PyMem_RawMalloc(16)
        if n > 3:
            with gil:
                PyErr_SetString(NULL, "too many")
    PyErr_SetString(NULL, "after")


cdef void *scratch(size_t size) noexcept nogil:
    with gil:
        PyErr_SetString(NULL, "attached")
    return PyMem_RawMalloc(size)
