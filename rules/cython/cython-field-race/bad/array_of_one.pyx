# A type that is an array of one structure makes an attribute its own address: a library changes the object's state by it.
cdef extern from "matrix.h":
    ctypedef struct mat_struct:
        pass
    ctypedef mat_struct mat_t[1]
    ctypedef struct num_struct:
        pass
    ctypedef num_struct num_t[1]
    void mat_init(mat_t mat, long rows)
    void mat_transpose(mat_t to, const mat_t mat)
    void mat_scale(mat_t mat, const num_t factor)
    void mat_factor_squarefree(mat_t to, const mat_t mat)
    long mat_rows(mat_t mat)
    long mat_rank(const mat_t mat)
    num_struct* mat_entry(const mat_t mat, long at)
    void num_set(num_t to, const num_t value)

cdef class Number:
    cdef num_t value

cdef class Matrix:
    cdef mat_t mat

    def __cinit__(self, long rows):
        mat_init(self.mat, rows)

    def scale(self, Number factor):
        mat_scale(self.mat, factor.value)  # FIRES

    def __setitem__(self, long at, Number value):
        num_set(mat_entry(self.mat, at), value.value)  # FIRES
