# Memory that functions replace, a structure they write, a cache they fill.
from libc.stdlib cimport free, malloc

cdef struct Settings:
    int level
    int calls

cdef char *text  # FIRES
cdef Settings settings  # FIRES
cdef dict cache = {}


def rename(size_t size):
    global text
    free(text)  # FIRES
    text = <char*>malloc(size)


def configure(int level):
    settings.level = level  # FIRES
    settings.calls += 1  # FIRES


def lookup(key):
    if key not in cache:
        cache[key] = compute(key)  # FIRES
    return cache[key]


cdef void apply(Settings *to, int level):
    to.level = level


def set_level(int level):
    apply(&settings, level)  # FIRES
