# Near miss: a table that is filled before anybody else has the object, one that a helper changes whose callers hold
# the lock, and one for whose single operations its own lock is enough.
cimport cython

cdef class Metrics:
    cdef dict points
    cdef dict names
    cdef object lock

    def __cinit__(self, lock):
        self.points = {}
        self.points["first"] = 0
        self.names = {}
        self.lock = lock

    cdef _put(self, key, value):
        self.points[key] = value

    def add(self, key, value):
        with self.lock:
            self._put(key, value)

    def reset(self, key):
        with self.lock:
            self.points[key] = 0

    def name(self, key, value):
        self.names[key] = value

    def clear(self):
        with self.lock:
            self.names.clear()
