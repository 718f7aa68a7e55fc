# Near miss: the same under the object's lock, a flag that only making the object raises, and a helper whose callers lock.
cimport cython


cdef class Placement:
    cdef object _array
    cdef object _slice
    cdef bint _has_array

    def __init__(self, given):
        self._slice = given
        if not self._has_array:
            self._array = list(given)
            self._has_array = True

    @property
    @cython.critical_section
    def as_array(self):
        if not self._has_array:
            self._array = list(range(10))[self._slice]
            self._has_array = True
        return self._array


cdef class Parts:
    cdef long value
    cdef long days
    cdef bint ready

    @cython.critical_section
    cdef fill(self):
        if self.ready:
            return
        self.days = self.value // 86400
        self.ready = 1

    def whole_days(self):
        self.fill()
        return self.days


cdef class Blocks:
    cdef object _numbers
    cdef object blocks

    cdef _rebuild(self):
        self._numbers = list(range(len(self.blocks)))

    @property
    def numbers(self):
        with cython.critical_section(self):
            if self._numbers is None:
                self._rebuild()
            return self._numbers
