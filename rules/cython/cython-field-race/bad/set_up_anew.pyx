# A method that replaces every attribute is one place to mend: the first of each kind stands for all.
cdef class Filter:
    cdef double [:] a, b, c, d
    cdef double *e
    cdef double *f
    cdef double *g

    def __cinit__(self, size):
        self.allocate(size)

    def allocate(self, size):
        self.a = make(size)  # FIRES
        self.b = make(size)
        self.c = make(size)
        self.d = make(size)
        self.e = reserve(size)  # FIRES
        self.f = reserve(size)
        self.g = reserve(size)

    def seek(self, int t):
        self.e = &self.a[t]  # FIRES
