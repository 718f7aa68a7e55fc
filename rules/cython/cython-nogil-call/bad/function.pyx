# A function declared for callers without a thread state calls what needs one.
cdef extern from "Python.h" nogil:
    void *PyMem_Malloc(size_t size)


cdef void *scratch(size_t size) noexcept nogil:
    return PyMem_Malloc(size)  # FIRES


def run(int n):
    with nogil:
        scratch(n)
