# Near miss: one operation that needs no test before it, a test of something else, a loop over what nobody changes, and all
# of it under a lock.
cimport cython


cdef class Names:
    cdef dict numbers
    cdef dict counts
    cdef list spare
    cdef list fixed

    def __init__(self, fixed):
        self.numbers = {}
        self.counts = {}
        self.spare = []
        self.fixed = list(fixed)

    @cython.critical_section
    def number(self, name):
        if name not in self.numbers:
            self.numbers[name] = len(self.numbers)
        return self.numbers[name]

    def size(self, name):
        self.numbers[name] = len(name)

    @cython.critical_section
    def count(self, name):
        self.counts[name] += 1

    def take(self):
        if self.spare is None:
            return None
        try:
            return self.spare.pop()
        except IndexError:
            return None

    def take_first(self):
        if self.spare:
            try:
                return self.spare.pop(0)
            except IndexError:
                pass
        return None

    def forget(self, name):
        if name in self.counts:
            self.counts.pop(name, None)

    def total(self):
        cdef int sum = 0
        for count in list(self.counts.values()):
            sum += count
        for count in self.fixed:
            sum += count
        return sum
