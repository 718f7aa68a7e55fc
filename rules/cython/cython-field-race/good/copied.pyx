# Near miss: the local is all that is left of the pointer, and nothing frees what the other leads to but the end of the object.
cimport cython

cdef extern from "dev.h":
    ctypedef struct dev_t:
        int kind
    dev_t *dev_open(int n)
    void dev_close(dev_t *dev)
    int dev_kind(const dev_t *dev)
    const char *dev_name(const dev_t *dev)
    dev_t *dev_first(dev_t *dev)

cdef class Device:
    cdef dev_t *dev

    def __cinit__(self, int n):
        self.dev = dev_open(n)

    def __dealloc__(self):
        cdef dev_t *dev = self.dev
        self.dev = NULL
        dev_close(dev)

    def kind(self):
        cdef dev_t *dev = self.dev
        return dev_kind(dev) + dev_kind(dev_first(dev))
