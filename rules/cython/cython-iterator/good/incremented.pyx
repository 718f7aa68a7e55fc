# Near miss: an iterator of the call's own, and a lock.
cimport cython
from cython.operator cimport dereference as deref, preincrement as inc
from libcpp.map cimport map

cdef class Walker:
    cdef map[int, int].iterator begin
    cdef map[int, int].iterator end

    def __iter__(self):
        return self

    @cython.critical_section
    def __next__(self):
        if self.begin == self.end:
            raise StopIteration
        found = deref(self.begin).first
        inc(self.begin)
        return found

def count(values):
    cdef map[int, int] table = values
    cdef map[int, int].iterator at = table.begin()
    count = 0
    while at != table.end():
        count += 1
        inc(at)
    return count
