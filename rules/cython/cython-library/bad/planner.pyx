# Plans are made of tables that the whole process shares, also where each object has its own; HDF5 may take a lock.
# cython: freethreading_compatible=True
cdef extern from "fftw3.h" nogil:
    ctypedef void *fftw_plan
    fftw_plan make_plan "fftw_plan_dft_1d" (int n, double *a, double *b, int sign, unsigned flags)
    void fftw_execute(fftw_plan plan)
    void fftw_destroy_plan(fftw_plan plan)

cdef extern from "hdf5.h":
    long H5Fopen(char *name, unsigned flags, long access)


cdef class Plan:
    cdef fftw_plan plan

    def __cinit__(self, int n, double[:] data):
        self.plan = make_plan(n, &data[0], &data[0], -1, 0)  # FIRES

    def __dealloc__(self):
        with nogil:
            fftw_destroy_plan(self.plan)  # FIRES

    def run(self):
        fftw_execute(self.plan)


def opened(name):
    return H5Fopen(name, 0, 0)  # FIRES
