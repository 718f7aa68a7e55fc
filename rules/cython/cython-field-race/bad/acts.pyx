# What gives nothing is called for what it does: to its object, or to the handle that it is handed.
cdef extern from "outline.h" namespace "draw":
    cdef cppclass Outline:
        void lineTo(double x, double y)
        Outline& curveTo(double x, double y)
        double area()

cdef extern from "tally.h":
    ctypedef struct tally_t:
        pass
    tally_t* tally_new()
    void tally_vote(tally_t* tally, int candidate)
    const char* tally_winner(tally_t* tally)
    void tally_close_box(tally_t* tally)
    int tally_scan(tally_t* tally, int candidate) nogil
    int tally_count(tally_t* tally)

cdef class Path:
    cdef Outline outline

    def line(self, x, y):
        self.outline.lineTo(x, y)  # FIRES

    def curve(self, x, y):
        self.outline.curveTo(x, y)  # FIRES

    def area(self):
        return self.outline.area()

cdef class Box:
    cdef tally_t* tally

    def __cinit__(self):
        self.tally = tally_new()

    def vote(self, int candidate):
        tally_vote(self.tally, candidate)  # FIRES

    def winner(self):
        return tally_winner(self.tally).decode()  # FIRES

    def scan(self, int candidate):
        with nogil:
            found = tally_scan(self.tally, candidate)  # FIRES
        return found

    def count(self):
        return tally_count(self.tally)

cdef class Urn:
    cdef tally_t* tally

    def __cinit__(self):
        self.tally = tally_new()

    def close(self):
        tally_close_box(self.tally)  # FIRES
        self.tally = NULL

    def winner(self):
        return tally_winner(self.tally).decode()  # FIRES

cdef class Voter:
    cdef Box box

    def __init__(self, Box box):
        self.box = box

    def vote(self):
        tally_vote(self.box.tally, 1)  # FIRES
