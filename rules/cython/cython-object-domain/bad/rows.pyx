# Rows of numbers are no objects, and each allocator takes back what it gave.
from cpython.mem cimport PyMem_Malloc, PyMem_Free, PyObject_Malloc
from libc.stdlib cimport free, malloc


cdef double *rows(size_t n):
    return <double *>PyObject_Malloc(n * sizeof(double))  # FIRES


def total(size_t n):
    cdef double *p = <double *>PyMem_Malloc(n * sizeof(double))
    cdef double *q = NULL
    q = <double *>malloc(n)
    fill(p, q)
    free(p)  # FIRES
    PyMem_Free(<void *>q)  # FIRES
