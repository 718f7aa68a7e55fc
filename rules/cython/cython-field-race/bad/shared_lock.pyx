# A lock that several may hold to read keeps none of these from changing what it guards.
cdef class Document:
    cdef list nodes
    cdef size_t reads

    cdef int lock_read(self) except -1:
        return 0

    cdef int unlock_read(self) except -1:
        return 0

    def first(self):
        self.lock_read()
        try:
            self.reads += 1  # FIRES
            return self.nodes[0]
        finally:
            self.unlock_read()
