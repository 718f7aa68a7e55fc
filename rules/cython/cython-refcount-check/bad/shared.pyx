# The count of C++ counts the pointers of all threads: one that is made right after is not in it.
from libcpp.memory cimport shared_ptr

cdef extern from "reader.hpp":
    cdef cppclass reader_t "reader":
        int feed(const char *text, size_t size)


cdef class Reader:
    cdef shared_ptr[reader_t] reader

    def feed(self, bytes text):
        if self.reader.use_count() > 1:  # FIRES
            raise RuntimeError("a view is using the reader")
        return len(text)
