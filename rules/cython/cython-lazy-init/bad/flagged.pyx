# What is filled is not what is tested: a flag, a property, or a helper that does the filling.

cdef class Placement:
    cdef object _array
    cdef object _slice
    cdef bint _has_array

    def __init__(self, given):
        self._slice = given
        self._has_array = False

    @property
    def as_array(self):
        if not self._has_array:  # FIRES
            self._array = list(range(10))[self._slice]
            self._has_array = True
        return self._array


cdef class Parts:
    cdef long value
    cdef long days
    cdef long seconds
    cdef bint ready

    cdef fill(self):
        if self.ready:  # FIRES
            return
        self.days = self.value // 86400
        self.seconds = self.value % 86400
        self.ready = 1

    def total(self):
        self.fill()
        return self.days * 86400 + self.seconds


cdef class Engine:
    cdef object mapping
    cdef object values

    @property
    def is_populated(self):
        return self.mapping is not None

    def lookup(self, key):
        if not self.is_populated:  # FIRES
            self.mapping = {}
            self.mapping.update(self.values)
        return self.mapping[key]


cdef class Blocks:
    cdef object _numbers
    cdef object blocks

    cdef _rebuild(self):
        numbers = list(range(len(self.blocks)))
        self._numbers = numbers  # FIRES

    @property
    def numbers(self):
        if self._numbers is None:
            self._rebuild()
        return self._numbers
