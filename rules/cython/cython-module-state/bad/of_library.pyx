# Variables that a library itself has: an `extern` block declares them, and functions change them.
cdef extern from "Python.h":
    ctypedef struct PyObject
    void Py_CLEAR(PyObject *o)

cdef extern from "hooks.h":
    ctypedef struct hooks_t:
        int depth
        PyObject *last

    hooks_t hooks  # FIRES

    int HOOKS_MOST
    void (**hook_table)(int)
    void hook_run(int n) nogil
    int hooks_used  # FIRES


cpdef int add_hook(void (*hook)(int) noexcept) except -1:
    global hooks_used
    if hooks_used == HOOKS_MOST:
        raise IndexError("too many hooks")
    hook_table[hooks_used] = hook
    hooks_used += 1  # FIRES
    return 0


def enter():
    hooks.depth += 1  # FIRES


def forget():
    Py_CLEAR(hooks.last)  # FIRES
