# A C callback gets the object as a void pointer, and runs on any thread.
cdef class Profiler:
    cdef public long hits  # FIRES
    cdef public bint on

    def enable(self):
        self.on = True  # FIRES
        set_trace(callback, self)

    def total(self):
        return self.hits


cdef int callback(object self_, void *frame):
    cdef Profiler self
    self = <Profiler>self_
    self.hits += 1  # FIRES
    return 0
