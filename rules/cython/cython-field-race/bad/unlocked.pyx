# A table that is changed with a lock held, but for one branch.
cimport cython

cdef class Metrics:
    cdef dict points
    cdef object lock

    def __cinit__(self, lock):
        self.points = {}
        self.lock = lock

    def add(self, key, value, kind):
        if kind == "count":
            with self.lock:
                self.points[key] = self.points.get(key, 0) + value
        elif kind == "gauge":
            self.points[key] = value  # FIRES
        else:
            with self.lock:
                self.points.setdefault(key, []).append(value)
