# A buffer's export counter, bumped and tested by methods that any thread may call.
cdef class Packer:
    cdef char *buf
    cdef size_t exports  # FIRES

    def __cinit__(self):
        self.exports = 0

    def append(self, int value):
        if self.exports > 0:
            raise BufferError("exported")
        self.buf[0] = value  # FIRES

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        self.exports += 1  # FIRES

    def __releasebuffer__(self, Py_buffer *buffer):
        self.exports -= 1  # FIRES
