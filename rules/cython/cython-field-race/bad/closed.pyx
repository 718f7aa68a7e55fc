# A library's handle that a method other than `__dealloc__` gives up: whatever uses it meanwhile uses freed memory.
cimport cython

cdef extern from "probe.h":
    ctypedef void* probe_t
    probe_t probe_new()
    void probe_delete(probe_t probe)
    int probe_feed(probe_t probe, int value)
    void probe_reset(probe_t probe)

cdef class Probe:
    cdef probe_t handle
    cdef probe_t guarded
    cdef bint closed

    def __cinit__(self):
        self.handle = probe_new()
        self.guarded = probe_new()

    def __dealloc__(self):
        probe_delete(self.handle)
        probe_delete(self.guarded)

    def reset(self):
        probe_reset(self.handle)  # FIRES
        probe_feed(self.handle, 0)

    def feed(self, int value):
        if probe_feed(self.handle, value) != 0:  # FIRES
            probe_delete(self.handle)  # FIRES

    def close(self):
        probe_delete(self.handle)  # FIRES

    @cython.critical_section
    def shut(self):
        probe_delete(self.guarded)

    def ask(self, int value):
        return probe_feed(self.guarded, value)  # FIRES
