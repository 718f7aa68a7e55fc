# A setting of the process by way of the module's own function: it is switched, and switched back.
cdef extern from "squeeze.h":
    int squeeze_get_level()
    int squeeze_set_level(int level)
    int squeeze_file(const char *path)


def set_level(int level):
    squeeze_set_level(level)  # FIRES


def squeeze_quietly(bytes path):
    before = squeeze_get_level()
    set_level(0)  # FIRES
    cdef int done = squeeze_file(path)


cdef class Squeezed:
    cdef int done

    def __init__(self, bytes path):
        squeeze_set_level(9)  # FIRES
        self.done = squeeze_file(path)
