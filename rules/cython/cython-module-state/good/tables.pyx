# Near miss: tables that the module's body fills, constants, a local of the same name, and a mutex around all uses.
cimport cython

cdef char TABLE[16]
cdef const char *NAME = "name"
cdef cython.pymutex guard
cdef long count = 0
cdef object hook = None
cdef int scratch[4]


cdef inline void mark(int at):
    TABLE[at] = 1


for i in range(16):
    mark(i)


def lookup(int at):
    return TABLE[at]


def bump():
    global count
    with guard:
        count += 1


def local():
    cdef int scratch[4]
    scratch[0] = 1
    count = 2
    return count, scratch[0]
