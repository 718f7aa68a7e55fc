# Near miss: set under a lock, set while the module is imported, kept in an object, kept for each thread, or told by
# nobody.
cimport cython

cdef cython.pymutex guard

cdef extern from "squeeze.h":
    int squeeze_get_threads()
    int squeeze_set_threads(int n)
    int squeeze_get_level(squeeze_t *state)
    int squeeze_set_level(squeeze_t *state, int level)
    int squeeze_get_id(file_t file)
    int squeeze_set_id(file_t file)
    int squeeze_set_seed(int seed)
    int squeeze_get_errno()
    int squeeze_set_errno(int error)
    int omp_get_num_threads()
    void omp_set_num_threads(int n)


def set_threads(int n):
    with guard:
        return squeeze_set_threads(n)


def set_threads_between(int n):
    with _WriteLease():
        return squeeze_set_threads(n)


def _prepare():
    squeeze_set_threads(4)


_prepare()


cdef class State:
    cdef squeeze_t *state

    def set(self, int n, file_t file):
        squeeze_set_level(self.state, n)
        squeeze_set_id(file)
        squeeze_set_seed(n)
        squeeze_set_errno(0)
        omp_set_num_threads(n)
