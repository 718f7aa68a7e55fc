# Near miss: what is counted and walked is a copy, one that a caller made, a tuple, or locked; the loop goes by the count, or asks it; what is written checks.
cimport cython
from libc.stdlib cimport free, malloc


def of_copy(values):
    values = list(values)
    cdef Py_ssize_t i, n = len(values)
    cdef double *copy = <double *>malloc(n * sizeof(double))
    for i, value in enumerate(values):
        copy[i] = value
    free(copy)


def of_tuple(tuple values):
    cdef Py_ssize_t i, n = len(values)
    cdef double *copy = <double *>malloc(n * sizeof(double))
    for i, value in enumerate(values):
        copy[i] = value
    free(copy)


def of_arguments(*values):
    cdef Py_ssize_t i, n = len(values)
    cdef double *copy = <double *>malloc(n * sizeof(double))
    for i, value in enumerate(values):
        copy[i] = value
    free(copy)


def by_count(values):
    cdef Py_ssize_t i, n = len(values)
    cdef double *copy = <double *>malloc(n * sizeof(double))
    for i in range(n):
        copy[i] = values[i]
    free(copy)


def asks(values):
    cdef Py_ssize_t i, n = len(values)
    cdef double *copy = <double *>malloc(n * sizeof(double))
    for i, value in enumerate(values):
        if i >= n:
            break
        copy[i] = value
    free(copy)


def held(list values):
    cdef Py_ssize_t i, n
    cdef double *copy
    with cython.critical_section(values):
        n = len(values)
        copy = <double *>malloc(n * sizeof(double))
        for i, value in enumerate(values):
            copy[i] = value
    free(copy)


def checked(values):
    n = len(values)
    copy = [None] * n
    for i, value in enumerate(values):
        copy[i] = value
    return copy


def of_another(values):
    cdef int counts[256]
    cdef Py_ssize_t i, n = len(values)
    for i, value in enumerate(values):
        counts[i % 256] = n
    return counts[0]


cdef double *of_caller(items, size_t n) except NULL:
    cdef Py_ssize_t i
    cdef double *copy = <double *>malloc(n * sizeof(double))
    for i, item in enumerate(items):
        copy[i] = item
    return copy


def copies_first(items):
    items = [float(item) for item in items]
    free(of_caller(items, len(items)))


def by_count(values):
    cdef Py_ssize_t i, n = len(values)
    cdef double *copy = <double *>malloc(n * sizeof(double))
    for i in range(n):
        copy[i] = values[i]
    free(copy)


def of_other(values, others):
    cdef Py_ssize_t i
    cdef double *copy = <double *>malloc(len(others) * sizeof(double))
    for i in range(len(values)):
        if i < len(others):
            copy[i] = values[i]
    free(copy)
