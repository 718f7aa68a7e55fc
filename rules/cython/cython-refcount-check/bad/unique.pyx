# "Nobody else has it, so it may be changed in place."
from cpython.ref cimport Py_REFCNT


def append(bytes data, bytes more):
    if Py_REFCNT(data) == 1:  # FIRES
        return extend_in_place(data, more)
    return data + more
