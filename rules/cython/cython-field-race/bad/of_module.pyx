# The library's declarations are a module of their own, and its class has the name of the one that wraps it.
from . cimport clib

cdef extern from "tagger.hpp":
    cdef cppclass Tagger:
        void set(int) except +
        int labels() except +
    ctypedef struct wave_t:
        pass
    int wave_read(wave_t *w, int count) nogil

cdef class Tagger:
    cdef clib.Tagger tagger
    cdef clib.wave_t wave

    def set(self, int value):
        self.tagger.set(value)  # FIRES

    def read(self, int count):
        with nogil:
            clib.wave_read(&self.wave, count)  # FIRES
