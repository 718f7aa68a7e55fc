# Near miss: members of one name of which some only tell, functions that show what they are handed or write to another
# address, what nobody changes, and a handle that is not what a call is about.
from libc.stdio cimport FILE, stdout

cdef extern from "outline.h":
    cdef cppclass Outline:
        void width(double)
        double width()
        void print()
        void bounds(double* box)

cdef extern from "tally.h":
    ctypedef struct tally_t:
        pass
    tally_t* tally_new()
    void tally_print(tally_t* tally)
    void tally_range(tally_t* tally, int* low)
    const char* tally_winner(tally_t* tally)
    int ballot_write(int ballot, tally_t* tally)
    int tally_write(FILE* to, tally_t* tally)

cdef class Path:
    cdef Outline outline

    @property
    def width(self):
        return self.outline.width()

    def print(self):
        self.outline.print()

    def bounds(self):
        cdef double box[4]
        self.outline.bounds(box)
        return box[0]

cdef class Box:
    cdef tally_t* tally

    def __cinit__(self):
        self.tally = tally_new()

    def print(self):
        tally_print(self.tally)

    def write(self):
        return tally_write(stdout, self.tally)

    def range(self):
        cdef int low
        tally_range(self.tally, &low)
        return low

    def winner(self):
        return tally_winner(self.tally).decode()

cdef class Voter:
    cdef Box box

    def __init__(self, Box box):
        self.box = box

    def vote(self, ballot):
        return ballot_write(ballot, self.box.tally)
