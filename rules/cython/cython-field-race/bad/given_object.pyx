# A local with a type, and what Python handed over without one: the object is whoever's it was.
cdef extern from "scan.h":
    ctypedef struct scan_t:
        pass
    ctypedef struct text_t:
        pass
    scan_t *scan_new()
    void scan_free(scan_t *scan)
    int scan_run(const text_t *text, scan_t *scan, int n)


cdef class Scratch:
    cdef scan_t *scan

    def __cinit__(self):
        self.scan = scan_new()

    def __dealloc__(self):
        scan_free(self.scan)


cdef class Text:
    cdef text_t *text

    def find(self, int n, scratch=None):
        cdef Scratch s
        if scratch is None:
            s = Scratch()
        else:
            s = scratch
        return scan_run(self.text, s.scan, n)  # FIRES
