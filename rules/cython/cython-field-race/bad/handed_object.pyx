# Functions that are handed the object change what it has, and no method does it itself.
from cpython.pythread cimport PyThread_get_thread_ident

cdef class FastLock:
    cdef unsigned long owner
    cdef unsigned int count  # FIRES
    cdef object waiting

    def __cinit__(self):
        self.owner = 0
        self.count = 0

    def acquire(self):
        return lock_it(self, PyThread_get_thread_ident())

    def release(self):
        unlock_it(self)

    def next_waiting(self):
        return first_of(self)

cdef inline bint lock_it(FastLock lock, unsigned long thread) noexcept nogil:
    if lock.count and lock.owner == thread:
        lock.count += 1  # FIRES
        return 1
    return 0

cdef inline void unlock_it(FastLock lock) noexcept nogil:
    lock.count -= 1  # FIRES

cdef inline first_of(FastLock lock):
    if lock.waiting:  # FIRES
        first = lock.waiting[0]
        if first is not None:
            lock.waiting.popleft()
            return first
    return None
