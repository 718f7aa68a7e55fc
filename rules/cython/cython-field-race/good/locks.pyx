# Near miss: a mutex of Cython's, a lock of Python's, one taken by calls, one that a decorator takes, atomics, thread-locals.
import threading
from libcpp.atomic cimport atomic
cimport cython


def locked(method):
    def wrapper(self, *args):
        with self.guard:
            return method(self, *args)
    return wrapper


cdef class Pool:
    cdef cython.pymutex mutex
    cdef object guard
    cdef object lock
    cdef atomic[int] shared
    cdef size_t size
    cdef size_t used
    cdef size_t freed
    cdef size_t seen

    def __init__(self):
        self.guard = threading.RLock()
        self.lock = threading.Lock()

    def alloc(self, size_t n):
        with self.mutex:
            self.size += n
        self.shared += 1

    def free(self, size_t n):
        with self.guard:
            self.freed += n

    @locked
    def use(self, size_t n):
        self.used += n

    def see(self):
        self.lock.acquire()
        try:
            self.seen += 1
        finally:
            self.lock.release()
