# Near miss: the other object is locked, is new, is kept by nobody, or its attribute is no number.
cimport cython


cdef class Loop:
    cdef long handles
    cdef object guard
    cdef list names


cdef class Scratch:
    cdef long depth


cdef class Handle:
    cdef Loop loop

    cdef inline attach(self, Loop loop):
        with loop.guard:
            loop.handles += 1

    def start(self, Loop loop):
        self.attach(loop)

    def again(self):
        with cython.critical_section(self.loop):
            self.loop.handles += 1

    def name(self):
        self.loop.names += ["x"]

    def fresh(self):
        loop = Loop()
        loop.handles += 1
        return loop


cdef int deeper(Scratch scratch):
    scratch.depth += 1
    return scratch.depth


def walk():
    cdef Scratch scratch = Scratch()
    return deeper(scratch)
