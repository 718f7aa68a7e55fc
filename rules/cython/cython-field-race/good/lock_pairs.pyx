# Near miss: functions that take a lock and give it back, by their names.
cdef extern from "guard.h":
    void lock_guard_of(void *guard)
    void unlock_guard_of(void *guard)


cdef class Document:
    cdef list nodes
    cdef size_t changes
    cdef void *guard

    cdef int lock_write(self) except -1:
        return 0

    cdef int unlock_write(self) except -1:
        return 0

    def clear(self):
        self.lock_write()
        try:
            self.changes += 1
            self.nodes = []
        finally:
            self.unlock_write()

    def add(self, node):
        lock_guard_of(self.guard)
        try:
            self.changes += 1
            self.nodes.append(node)
        finally:
            unlock_guard_of(self.guard)
