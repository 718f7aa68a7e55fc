# Near miss: how many there were decides or is told to somebody, and a container that nobody else has.
cdef class Table:
    cdef list values

    def __init__(self):
        self.values = []

    def add(self, value):
        n = len(self.values)
        if n > 100:
            raise OverflowError("%d of %d" % (n, 100))
        log("adding", n)
        self.values.append(value)

    def numbered(self, rows):
        found = []
        n = len(found)
        found.append(rows)
        return n
