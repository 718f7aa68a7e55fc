# One buffer for all callers, a counter, a replaced object, a C++ container.
from libcpp.vector cimport vector

DEF SIZE = 1024
cdef char BUFFER[SIZE]  # FIRES
cdef unsigned long state = 1  # FIRES
cdef object hook = None  # FIRES
cdef vector[int] queue  # FIRES
cdef int level = 0

cdef struct Writer:
    char *buf


cdef inline void start(Writer *writer):
    writer.buf = &BUFFER[0]  # FIRES


def write(value):
    cdef Writer writer
    start(&writer)
    queue.push_back(value)  # FIRES


def draw():
    global state
    state ^= state << 13  # FIRES
    return state


def set_hook(value):
    global hook, level
    hook = value  # FIRES
    level = 1  # FIRES


def fill(int at, char value):
    BUFFER[at] = value  # FIRES
