# The module's handle is used while another function frees what it stands for.
cdef extern from "link.h":
    ctypedef struct link_t:
        int n
    link_t *link_new()
    void link_destroy(link_t *link)
    int link_tell(link_t *link, int value) nogil

cdef link_t *link = NULL  # FIRES

def init():
    global link
    link = link_new()  # FIRES

def tell(int value):
    cdef int got
    with nogil:
        got = link_tell(link, value)  # FIRES
    return got

def close():
    global link
    link_destroy(link)  # FIRES
    link = NULL
