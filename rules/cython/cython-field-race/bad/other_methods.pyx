# What is harmless alone is not where another method replaces or sets what is used.
cdef class References:  # the list that another thread drops is appended to
    cdef list items  # FIRES

    def __init__(self):
        self.items = []

    def clear_dead(self):
        self.items = [item for item in self.items if item is not None]  # FIRES

    def add(self, item):
        self.items.append(item)  # FIRES


cdef class Sequence:
    cdef readonly bint frozen
    cdef list values

    def __init__(self, values):
        self.values = list(values)
        self.frozen = False

    cdef check(Sequence self):
        if self.frozen:  # FIRES
            raise RuntimeError("frozen")

    def freeze(self):
        self.frozen = True  # FIRES

    def set_first(self, value):
        self.check()
        self.values[0] = value
