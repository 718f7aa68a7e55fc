# Near miss: what is set to a plain value is no position.
cdef class Rows:
    cdef int state

    def __iter__(self):
        return self

    def __next__(self):
        self.state = 2
        return None
