# Declarations written by hand, without `const`: the names of functions and members say which change what they are for.
cdef extern from "parser.h":
    ctypedef struct parser_t:
        pass
    ctypedef struct wave_t:
        pass
    parser_t* parser_new()
    int parser_next(parser_t *p)
    int parser_depth(parser_t *p)
    void parser_unref(parser_t *p)
    int wave_read(wave_t *w, float *out, int count) nogil
    int wave_get_rate(wave_t *w)

cdef extern from "tagger.hpp":
    cdef cppclass Tagger:
        Tagger() except +
        void set(int) except +
        int labels() except +

cdef class Tokens:
    cdef parser_t* parser

    def __cinit__(self):
        self.parser = parser_new()

    def __dealloc__(self):
        parser_unref(self.parser)

    def __next__(self):
        return parser_next(self.parser)  # FIRES

    @property
    def depth(self):
        return parser_depth(self.parser)

cdef class Wave:
    cdef wave_t wave

    def read(self, int count):
        cdef float out[64]
        with nogil:
            wave_read(&self.wave, out, count)  # FIRES
        return out[0]

    def rate(self):
        return wave_get_rate(&self.wave)

cdef class Labels:
    cdef Tagger tagger

    def set(self, int value):
        self.tagger.set(value)  # FIRES

    def all(self):
        return self.tagger.labels()
