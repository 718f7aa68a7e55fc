# Near miss: bytes that were made here, or are the object's own, a view that keeps them in place, and a lock.
cimport cython
from cpython.bytearray cimport PyByteArray_AS_STRING


def made(Py_ssize_t size):
    data = bytearray(size)
    cdef unsigned char *base = <unsigned char *>PyByteArray_AS_STRING(data)
    base[0] = 1
    return data


def copied(data):
    data = bytearray(data)
    cdef unsigned char *base = <unsigned char *>PyByteArray_AS_STRING(data)
    return base[0]


def viewed(bytearray data):
    cdef const unsigned char[::1] view = data
    return view[0]


def held(bytearray data):
    with cython.critical_section(data):
        return PyByteArray_AS_STRING(data)[0]


cdef class Reader:
    cdef bytearray buffer

    def __cinit__(self):
        self.buffer = bytearray(1024)

    def first(self):
        return PyByteArray_AS_STRING(self.buffer)[0]
