# Near miss: the handle is made when the module is imported, and stays.
cdef extern from "link.h":
    ctypedef struct link_t:
        int n
    link_t *link_new()
    int link_tell(link_t *link, int value) nogil

cdef link_t *link = link_new()

def tell(int value):
    cdef int got
    with nogil:
        got = link_tell(link, value)
    return got
