# The items of a container of C++ are somewhere else once another method has made it grow.
from libcpp.vector cimport vector

cdef class Text:
    cdef vector[char]* letters

    def __cinit__(self):
        self.letters = new vector[char]()

    def add(self, char letter):
        cdef vector[char]* letters = self.letters
        letters.push_back(letter)  # FIRES

    def text(self):
        return self.letters.data()[:3]  # FIRES
