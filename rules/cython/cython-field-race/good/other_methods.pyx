# Near miss: the same under locks, a list that nobody replaces, a flag that only making the object sets, and a branch that
# Cython compiles for builds with the GIL alone.
cimport cython


cdef class References:
    cdef list items
    cdef list kept

    def __init__(self):
        self.items = []
        self.kept = []

    cdef clear_dead(self):
        self.items = [item for item in self.items if item is not None]

    cdef _add(self, item):
        self.clear_dead()
        self.items.append(item)

    def add(self, item):
        IF CYTHON_COMPATIBLE_WITH_FREE_THREADING:
            with cython.critical_section(self):
                self._add(item)
        ELSE:
            self._add(item)

    def keep(self, item):
        self.kept.append(item)


cdef class Sequence:
    cdef bint frozen
    cdef list values

    def __init__(self, values, frozen):
        self.values = list(values)
        self.frozen = True

    def set_first(self, value):
        if self.frozen:
            raise RuntimeError("frozen")
        self.values[0] = value
