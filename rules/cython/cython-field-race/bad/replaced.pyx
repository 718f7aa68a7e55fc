# Objects and memory replaced while other methods use them, also through a private helper that callers do not lock.
from libc.stdlib cimport free, realloc
from libcpp.vector cimport vector


cdef class Table:
    cdef dict rows  # FIRES
    cdef dict names
    cdef object hook
    cdef int *cells
    cdef vector[int] keys

    def __init__(self):
        self.rows = {}
        self.hook = None
        self.cells = NULL

    def clear(self):
        self.rows = {}  # FIRES
        self.keys.clear()  # FIRES
        self._drop()

    def set_hook(self, hook):
        self.hook = hook  # FIRES

    def grow(self, size_t size):
        self.cells = <int*>realloc(self.cells, size * sizeof(int))  # FIRES

    def get(self, key):
        if key not in self.rows:
            self.rows[key] = self.hook(key)  # FIRES
        return self.rows[key]

    def name_of(self, key):
        if key not in self.names:
            self.names[key] = self.hook(key)  # FIRES
        return self.names[key]

    def add(self, int key):
        self.keys.push_back(key)  # FIRES

    cdef void _drop(self):
        free(self.cells)  # FIRES
        self.cells = NULL
