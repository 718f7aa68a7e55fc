# The address of an attribute's text, while a setter lets that text go. What a subclass does in place of its base counts.
from cpython.bytes cimport PyBytes_AS_STRING
from libc.string cimport strlen

cdef class Record:
    cdef bytes _name

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, bytes name):
        self._name = name  # FIRES

    cdef size_t _length(self):
        return 0

    def length(self):
        return self._length()

cdef class Named(Record):
    cdef size_t _length(self):
        return strlen(PyBytes_AS_STRING(self._name))  # FIRES
