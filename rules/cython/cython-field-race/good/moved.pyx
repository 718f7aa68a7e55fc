# Near miss: items of a container of C++ that no method makes grow stay where they are.
from libcpp.vector cimport vector

cdef class Text:
    cdef vector[char]* letters

    def __cinit__(self):
        self.letters = new vector[char]()
        self.letters.push_back(c'a')

    def text(self):
        return self.letters.data()[:1]
