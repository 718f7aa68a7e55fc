# An iterator of C++ that an attribute holds is compared, read and moved on in three steps.
from cython.operator cimport dereference as deref, preincrement as inc
from libcpp.map cimport map

cdef class Walker:
    cdef map[int, int].iterator begin
    cdef map[int, int].iterator end

    def __iter__(self):
        return self

    def __next__(self):
        if self.begin == self.end:
            raise StopIteration
        found = deref(self.begin).first
        inc(self.begin)  # FIRES
        return found
