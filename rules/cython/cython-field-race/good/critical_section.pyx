# Near miss: the same counter, with the object's critical section around every use, and a helper that locked callers call.
cimport cython


cdef class Packer:
    cdef size_t exports
    cdef size_t length
    cdef list rows

    def __cinit__(self):
        self.exports = 0
        self._prepare()

    cdef _prepare(self):
        self.length = 0

    cdef _bump(self, size_t by):
        self.length += by

    @cython.critical_section
    def __getbuffer__(self, Py_buffer *buffer, int flags):
        self.exports += 1
        self._bump(1)

    def __releasebuffer__(self, Py_buffer *buffer):
        with cython.critical_section(self):
            self.exports -= 1

    def reset(self):
        with cython.critical_section(self):
            self.rows = []
            self._bump(2)
