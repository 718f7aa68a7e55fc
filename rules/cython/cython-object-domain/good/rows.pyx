# Near miss: each gives back to where it came from, an object, and memory that somebody else gave.
from cpython.mem cimport PyMem_Malloc, PyMem_Free, PyObject_Malloc
from cpython.ref cimport PyObject
from libc.stdlib cimport free, malloc


cdef PyObject *an_object(size_t n):
    return <PyObject *>PyObject_Malloc(n)


def total(size_t n, bint large):
    cdef double *p = <double *>PyMem_Malloc(n * sizeof(double))
    cdef double *q = NULL
    cdef double *other = rows_of(n)
    cdef double *either = <double *>malloc(n) if large else <double *>PyMem_Malloc(n)
    q = <double *>malloc(n)
    fill(p, q)
    PyMem_Free(p)
    free(q)
    free(other)
    free(either)
