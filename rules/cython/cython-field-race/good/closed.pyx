# Near miss: handles that only `__dealloc__` gives up, itself or by a helper, one that every method locks, one that is
# given up of an object nobody else has yet, one that only another subclass gives up, and one that only the module's own
# making of the object does, and one of which a part is deleted.
cimport cython

cdef extern from "probe.h":
    ctypedef void* probe_t
    probe_t probe_new()
    void probe_delete(probe_t probe)
    int probe_feed(probe_t probe, int value)
    int probe_value_delete(probe_t probe, int value)

cdef class Probe:
    cdef probe_t handle
    cdef probe_t helped
    cdef probe_t guarded

    def __cinit__(self):
        self.handle = probe_new()
        self.helped = probe_new()
        self.guarded = probe_new()

    def __dealloc__(self):
        probe_delete(self.handle)
        self._let_go()

    cdef void _let_go(self):
        probe_delete(self.helped)

    def feed(self, int value):
        return probe_feed(self.handle, value) + probe_feed(self.helped, value)

    @cython.critical_section
    def close(self):
        probe_delete(self.guarded)

    @cython.critical_section
    def ask(self, int value):
        return probe_feed(self.guarded, value)

cdef class Made:
    cdef probe_t handle

    def __dealloc__(self):
        probe_delete(self.handle)

    cdef void _turn(self):
        probe_delete(self.handle)

    @staticmethod
    def make():
        cdef Made made = Made()
        made._turn()
        return made

    def feed(self, int value):
        return probe_feed(self.handle, value)

cdef class Base:
    cdef probe_t handle

cdef class Kept(Base):
    def feed(self, int value):
        return probe_feed(self.handle, value)

cdef class Closed(Base):
    @cython.critical_section
    def close(self):
        probe_delete(self.handle)

cdef class Hidden:
    cdef probe_t handle

    @staticmethod
    def make():
        hidden = Hidden()
        hidden._finish()
        return hidden

    def _finish(self):
        probe_delete(self.handle)

    def feed(self, int value):
        return probe_feed(self.handle, value)

    def forget(self, int value):
        probe_value_delete(self.handle, value)
