# Near miss: a function of the module that is called so and sets what an object has, and one that takes a lock itself.
cimport cython

cdef cython.pymutex guard

cdef extern from "squeeze.h":
    int squeeze_get_level()
    int squeeze_set_level(int level)


def set_title(dict options, title):
    options["title"] = title


def set_level(int level):
    with guard:
        squeeze_set_level(level)


def prepare(dict options):
    set_title(options, "a")
    set_level(3)
