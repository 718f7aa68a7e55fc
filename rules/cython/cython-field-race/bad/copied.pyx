# A local keeps the pointer while the library works with it, and another method frees what it leads to.
cdef extern from "dev.h":
    ctypedef struct dev_t:
        int kind
    dev_t *dev_open(int n)
    void dev_close(dev_t *dev)
    int dev_read(dev_t *dev, char *out, int length) nogil
    int dev_total(int *items)

cdef class Device:
    cdef dev_t *dev
    cdef dev_t *own

    def __cinit__(self, int n):
        self.dev = dev_open(n)
        self.own = dev_open(n)

    def read(self, int length):
        cdef char out[16]
        cdef dev_t *dev = self.dev
        with nogil:
            n = dev_read(dev, out, length)  # FIRES
        return n

    def kind(self):
        return kind_of(self)

    def close(self):
        dev_close(self.dev)  # FIRES

cdef int kind_of(Device device):
    return dev_total(&device.dev.kind) + look_at(device.dev)  # FIRES

cdef int look_at(dev_t *dev):
    return dev.kind
