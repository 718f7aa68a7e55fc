# The address of somebody's bytes, which a resize by another thread moves.
from cpython.bytearray cimport PyByteArray_AS_STRING


def rows(bytearray data, Py_ssize_t end):
    cdef const unsigned char *base = <const unsigned char *>PyByteArray_AS_STRING(data)  # FIRES
    cdef Py_ssize_t at = 0
    out = []
    while end - at > 1:
        out.append(base[at + 1])
        at += 1 + base[at]
    return out
