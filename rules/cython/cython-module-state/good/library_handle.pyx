# Near miss: the handle that is told to change a setting is the caller's own, or is told under a lock or at import.
cimport cython

cdef extern from "proj.h":
    ctypedef struct PJ_CONTEXT
    PJ_CONTEXT *proj_context_create() nogil
    PJ_CONTEXT *proj_context_clone(PJ_CONTEXT *context) nogil
    int proj_context_set_enable_network(PJ_CONTEXT *context, int enabled) nogil
    int proj_context_is_network_enabled(PJ_CONTEXT *context) nogil

cdef PJ_CONTEXT *CONTEXT = proj_context_create()
cdef cython.pymutex lock

proj_context_set_enable_network(CONTEXT, 0)


def enable(bint active):
    with lock:
        proj_context_set_enable_network(CONTEXT, active)


def fresh(bint active):
    cdef PJ_CONTEXT *own = proj_context_clone(CONTEXT)
    proj_context_set_enable_network(own, active)
    return <size_t>own


def is_enabled():
    with lock:
        return proj_context_is_network_enabled(CONTEXT) == 1
