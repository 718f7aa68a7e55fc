cdef extern from "proj.h":
    ctypedef struct PJ_CONTEXT
    PJ_CONTEXT *proj_context_create() nogil
    int proj_context_set_enable_network(PJ_CONTEXT *context, int enabled) nogil
    int proj_context_is_network_enabled(PJ_CONTEXT *context) nogil

cdef PJ_CONTEXT *CONTEXT = proj_context_create()


def enable(bint active):
    proj_context_set_enable_network(CONTEXT, active)  # FIRES


def is_enabled():
    return proj_context_is_network_enabled(CONTEXT) == 1  # FIRES
