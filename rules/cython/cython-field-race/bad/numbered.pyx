# The number of what is there is given to something, and what has that number is appended later.
cdef class Table:
    cdef list values
    cdef list rows

    def __init__(self):
        self.values = []
        self.rows = []

    def __setitem__(self, key, value):
        cdef int n = len(self.values)  # FIRES
        cdef int index = self._setdefault(key, n)
        if index == n:
            self.values.append(value)
        else:
            self.values[index] = value

    cdef int _setdefault(self, key, int n):
        return n

    def add(self, row):
        row_id = len(self.rows)  # FIRES
        self.rows.append(row)
        return row_id
