# Near miss: the library's header is not the one that declares them, or nothing declares them.
# cython: freethreading_compatible=True
cdef extern from "plans.h":
    int fftw_plans(int n)


def count(int n, library):
    return fftw_plans(n) + library.Pa_Initialize()


cdef int Pa_Terminate() noexcept:
    return 0


def end():
    return Pa_Terminate()
