# A setting that the library keeps for the whole process: what one thread sets, another computes by.
cdef extern from "squeeze.h":
    int squeeze_get_threads()
    int squeeze_set_threads(int n)
    int SQ_GetLevel(void)
    int SQ_SetLevel(Level level)
    int squeeze(const void *source, size_t size, void *target)


def set_threads(int n):
    return squeeze_set_threads(n)  # FIRES


cpdef set_level(level):
    SQ_SetLevel(level)  # FIRES
