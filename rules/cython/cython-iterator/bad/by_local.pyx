# The next position is worked out from the last by way of a local.
cdef class Rows:
    cdef Py_ssize_t index
    cdef Py_ssize_t end

    def __iter__(self):
        return self

    def __next__(self):
        index = self.index
        if index == self.end:
            raise StopIteration
        self.index = index + 1  # FIRES
        return index
