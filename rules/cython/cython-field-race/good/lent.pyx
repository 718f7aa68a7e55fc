# Near miss: the text is there as long as its object, for nothing replaces it; and a local keeps what a setter may let go.
from cpython.bytes cimport PyBytes_AS_STRING
from libc.string cimport strlen

cdef class Fixed:
    cdef bytes _name

    def __cinit__(self, bytes name):
        self._name = name

    def length(self):
        return strlen(PyBytes_AS_STRING(self._name))

cdef class Kept:
    cdef bytes _name

    def length(self):
        name = self._name
        return strlen(PyBytes_AS_STRING(name))
