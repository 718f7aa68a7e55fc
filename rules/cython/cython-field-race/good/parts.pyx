# Near miss: each call has a structure of its own, made of what the object has while its lock is held.
cimport cython

cdef extern from "calc.h":
    ctypedef struct calc_args:
        int mode
        double heat
    int calc_run(calc_args *args) nogil

cdef class Calc:
    cdef calc_args args

    @cython.critical_section
    def set_heat(self, double heat):
        self.args.heat = heat

    @cython.critical_section
    def run(self):
        return calc_run(&self.args)
