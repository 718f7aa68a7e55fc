# Declared nogil by the project, so that Cython compiles it; what it calls needs a thread state all the same.
cdef extern from "Python.h" nogil:
    void PyErr_SetString(void *type, const char *text)


def run(int n):
    with nogil:
        if n > 3:
            PyErr_SetString(NULL, "too many")  # FIRES
