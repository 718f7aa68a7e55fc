# Near miss: a count that is told but decides nothing, and what the module itself calls so.
from libcpp.memory cimport shared_ptr

cdef extern from "reader.hpp":
    cdef cppclass reader_t "reader":
        int feed(const char *text, size_t size)


cdef class Reader:
    cdef shared_ptr[reader_t] reader

    @property
    def users(self):
        return self.reader.use_count()

    @property
    def is_used(self):
        return self.reader.use_count() > 1


def is_busy(int use_count):
    return use_count > 1
