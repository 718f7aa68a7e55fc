# A count kept by an object that many others share is not theirs alone, though each of them is while it is made or freed.
cdef class Loop:
    cdef int handles  # FIRES
    cdef int total
    cdef int timers

cdef class Handle:
    cdef Loop loop

    cdef _set_loop(self, Loop loop):
        self.loop = loop
        loop.handles += 1  # FIRES

    def __dealloc__(self):
        self.loop.handles -= 1  # FIRES

cdef class Timer:
    cdef Loop loop

    def __cinit__(self, Loop loop):
        self.loop = loop
        self.loop.timers += 1  # FIRES

def make(Loop loop):
    cdef Handle handle = Handle.__new__(Handle)
    handle._set_loop(loop)
    return handle
