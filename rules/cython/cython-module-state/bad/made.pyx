# Two threads that make objects, each its own, share what the module has.
cdef int made = 0  # FIRES

cdef class Widget:
    cdef int uid

    def __cinit__(self):
        global made
        made += 1  # FIRES
        self.uid = made
