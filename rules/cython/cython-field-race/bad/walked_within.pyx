# What a member of C++ gives to go over lies within its object, and another method makes that grow.
from libcpp.vector cimport vector

cdef extern from "path.hpp":
    ctypedef struct point_t:
        double x
    cdef cppclass path_t:
        path_t() except +
        path_t& line_to(double x)
        vector[point_t]& points()


cdef class Path:
    cdef path_t path

    def line_to(self, double x):
        self.path.line_to(x)  # FIRES

    def points(self):
        return [point.x for point in self.path.points()]  # FIRES


cdef class Letters:
    cdef vector[int]* letters

    def __cinit__(self):
        self.letters = new vector[int]()

    def add(self, int letter):
        self.letters.push_back(letter)  # FIRES

    cdef bytes _text(self):
        return make_text(self.letters.const_data(), self.letters.size())  # FIRES

    def text(self):
        return self._text()
