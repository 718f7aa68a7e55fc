# Items are counted, and written to memory for so many in a loop that another thread's append makes longer.
from cpython.list cimport PyList_GET_SIZE
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.stdlib cimport calloc, free, malloc
from libcpp.vector cimport vector

cdef extern from "shape.h":
    ctypedef struct Shape:
        int sides
    void shapes_new(Shape **all, size_t count)
    void shape_read(Shape *one, const char *text)
    void shapes_free(Shape *all)


def of_pointer(values):
    cdef Py_ssize_t i, n = len(values)
    cdef double *copy = <double *>malloc(n * sizeof(double))
    for i, value in enumerate(values):
        copy[i] = value  # FIRES
    free(copy)


def of_tuple(list items):
    cdef Py_ssize_t i
    cdef object item
    i = PyList_GET_SIZE(items)
    result = PyTuple_New(i)
    for i, item in enumerate(items):
        Py_INCREF(item)
        PyTuple_SET_ITEM(result, i, item)  # FIRES
    return result


cdef vector[double] of_vector(weights, size_t n) except *:
    cdef size_t i
    cdef vector[double] out
    out.resize(n)
    for i, weight in enumerate(weights):
        if weight < 0:
            raise ValueError("negative")
        out[i] = weight  # FIRES
    return out


def total(names, weights):
    if len(names) != len(weights):
        raise ValueError("lengths")
    out = of_vector(weights, len(names))
    return out.size()


def counted_by_hand(object values):
    cdef int *pairs = <int *>calloc(len(values), 2 * sizeof(int))
    cdef int at = 0
    for one in values:
        pairs[2 * at] = one  # FIRES
        pairs[2 * at + 1] = -one
        at += 1
    free(pairs)


cdef class Shapes:
    cdef Shape *_all
    cdef double *_sizes

    def __cinit__(self, size_t n):
        shapes_new(&self._all, n)

    def __dealloc__(self):
        shapes_free(self._all)


def of_object(texts):
    n = len(texts)
    made = Shapes(n)
    for i, text in enumerate(texts):
        shape_read(&made._all[i], text)  # FIRES
    return made


cdef class Sizes:
    cdef double *_sizes
    cdef size_t _count

    def __cinit__(self, sizes):
        self._count = len(sizes)
        self._sizes = <double *>malloc(self._count * sizeof(double))
        for i, size in enumerate(sizes):
            self._sizes[i] = size  # FIRES

    def __dealloc__(self):
        free(self._sizes)


def asked_again(values):
    cdef Py_ssize_t i
    cdef double *copy = <double *>malloc(len(values) * sizeof(double))
    for i in range(len(values)):
        copy[i] = values[i]  # FIRES
    free(copy)
