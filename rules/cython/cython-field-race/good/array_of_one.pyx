# Near miss: what is only read is promised by `const`, follows what is filled, or tells a number; what is filled is new; or a lock is held.
cimport cython

cdef extern from "matrix.h":
    ctypedef struct mat_struct:
        pass
    ctypedef mat_struct mat_t[1]
    ctypedef struct num_struct:
        pass
    ctypedef num_struct num_t[1]
    void mat_init(mat_t mat, long rows)
    void mat_transpose(mat_t to, const mat_t mat)
    void mat_inverse(mat_t to, mat_t mat)
    void mat_scale(mat_t mat, const num_t factor)
    void mat_factor_squarefree(mat_t to, const mat_t mat)
    long mat_rows(mat_t mat)
    num_struct* mat_heap_init(mat_t mat)
    long mat_top(mat_t mat, long column)
    long mat_rank(const mat_t mat)
    num_struct* mat_entry(const mat_t mat, long at)
    void num_set(num_t to, const num_t value)

cdef class Number:
    cdef num_t value

cdef class Matrix:
    cdef mat_t mat

    def __cinit__(self, long rows):
        mat_init(self.mat, rows)

    cdef split(self):
        return Matrix(1), 2

    def inverse(self):
        cdef Matrix made = Matrix(mat_rows(self.mat))
        mat_inverse(made.mat, self.mat)
        return made

    def transposed(self):
        cdef Matrix made = Matrix.__new__(Matrix, mat_top(self.mat, 0))
        mat_transpose(made.mat, self.mat)
        return made

    def squarefree(self):
        cdef Matrix made = Matrix(1)
        mat_factor_squarefree(made.mat, self.mat)
        return made

    def parted(self, Number factor):
        cdef Matrix part
        part, rank = self.split()
        mat_scale(part.mat, factor.value)
        return part, rank

    def number(self):
        return <size_t>mat_heap_init(self.mat)

    def rank(self):
        return mat_rank(self.mat)

    def __getitem__(self, long at):
        cdef Number made = Number()
        num_set(made.value, mat_entry(self.mat, at))
        return made

    @cython.critical_section
    def scale(self, Number factor):
        mat_scale(self.mat, factor.value)
