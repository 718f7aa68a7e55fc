# Each operation of a container is whole; what is done by its answer is another one.
from libcpp.vector cimport vector


cdef class Names:
    cdef dict numbers
    cdef dict counts
    cdef list spare
    cdef vector[int] *rows

    def __init__(self):
        self.numbers = {}
        self.counts = {}
        self.spare = []

    def number(self, name):
        if name not in self.numbers:
            self.numbers[name] = len(self.numbers)  # FIRES
        return self.numbers[name]

    def next_number(self, name):
        n = len(self.numbers)  # FIRES
        self.numbers[name] = n
        return n

    def count(self, name):
        self.counts[name] += 1  # FIRES

    def count_first(self, name):
        self.counts[name] = self.counts.get(name, 0) + 1  # FIRES

    def take(self):
        if self.spare:  # FIRES
            return self.spare.pop()
        return None

    def take_first(self):
        if not len(self.spare):  # FIRES
            return None
        return self.spare.pop(0)

    def forget(self, name):
        if name in self.counts:  # FIRES
            del self.counts[name]

    def total(self):
        cdef int sum = 0
        for name, count in self.counts.items():  # FIRES
            sum += count
        return sum

    def known(self):
        return [name for name in self.numbers]  # FIRES

    def add_row(self, int row):
        self.rows.push_back(row)  # FIRES
