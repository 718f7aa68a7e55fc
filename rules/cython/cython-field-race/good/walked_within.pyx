# Near miss: a loop over what no method changes.
from libcpp.vector cimport vector

cdef extern from "path.hpp":
    ctypedef struct point_t:
        double x
    cdef cppclass path_t:
        path_t() except +
        path_t& line_to(double x)
        int size()
        vector[point_t]& points()


cdef class Path:
    cdef path_t path

    def __cinit__(self, double x):
        self.path.line_to(x)

    def points(self):
        return [point.x for point in self.path.points()]
