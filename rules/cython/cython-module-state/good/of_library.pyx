# Near miss: what a library's variables say is read, the thread's own error is cleared, and a lock is held.
cimport cython

cdef cython.pymutex guard

cdef extern from "errno.h":
    int errno

cdef extern from "hooks.h":
    ctypedef struct hooks_t:
        int depth

    hooks_t hooks
    int hooks_used, HOOKS_MOST


def is_full():
    return hooks_used == HOOKS_MOST or hooks.depth > 0


def begin():
    global errno
    errno = 0


def enter():
    with guard:
        hooks.depth += 1


def count(int hooks_used):
    hooks_used += 1
    return hooks_used
