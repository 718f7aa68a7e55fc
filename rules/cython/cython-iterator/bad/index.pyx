# Position tested, used and moved on in three steps; a linked list walked by a pointer.
cdef class Cells:
    cdef list cells
    cdef Py_ssize_t at

    def __iter__(self):
        return self

    def __next__(self):
        if self.at >= len(self.cells):
            raise StopIteration
        cell = self.cells[self.at]
        self.at += 1  # FIRES
        return cell


cdef class Links:
    cdef Link *link

    def __next__(self):
        current = self.link
        self.link = current.next  # FIRES
        return wrap(current)
