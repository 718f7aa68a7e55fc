# Near miss: functions that only tell something, members that only work on what they are handed, and a lock held for others.
cimport cython

cdef extern from "parser.h":
    ctypedef struct parser_t:
        pass
    ctypedef unsigned int parser_id_t
    int parser_next(parser_t *p)
    int parser_get_next(parser_t *p)
    int parser_fileno(parser_t *p)
    int parser_next_id(parser_id_t *p)

cdef extern from "tagger.hpp":
    cdef cppclass Tagger:
        Tagger() except +
        int encode(int) except +
        bint is_open()

cdef class Tokens:
    cdef parser_t* parser
    cdef parser_id_t* ids

    def __init__(self, other):
        parser_next(self.parser)

    @cython.critical_section
    def __next__(self):
        return parser_next(self.parser)

    @property
    def coming(self):
        return parser_get_next(self.parser) + parser_fileno(self.parser) + parser_next_id(self.ids)

cdef class Labels:
    cdef Tagger tagger

    def encode(self, int value):
        return self.tagger.encode(value) if self.tagger.is_open() else 0
