# A buffer of the module, filled by the C library for every caller.
from libc.stdio cimport sprintf

cdef char text[64]  # FIRES


def show(int n):
    sprintf(text, "%d", n)  # FIRES
    return text.decode()
