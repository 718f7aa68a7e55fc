# Near miss: a library that says neither by `const` nor by name what it changes, one whose handle is only looked at, one
# used under a lock, and buffers.
cimport cython

cdef extern from "plain.h":
    ctypedef struct Plain:
        pass
    int plain_value(Plain* plain, double value)
    double plain_mean(Plain* plain)

cdef extern from "meter.h":
    ctypedef struct Meter:
        pass
    Meter* meter_open(const char* name)
    void meter_close(Meter* meter)
    int meter_feed(Meter* meter, double value)
    double meter_mean(const Meter* meter)
    int fill(double* values, int n)
    double total(const double* values, int n)

cdef class Gauge:
    cdef Plain* plain
    cdef Meter* meter
    cdef Meter* shared
    cdef double* values

    def __init__(self, name):
        self.meter = meter_open(name)

    def __dealloc__(self):
        meter_close(self.meter)

    def feed(self, double value):
        return plain_value(self.plain, value)

    def mean(self):
        return plain_mean(self.plain) + meter_mean(self.meter)

    @cython.critical_section
    def share(self, double value):
        meter_feed(self.shared, value)

    def make(self, n):
        return fill(self.values, n)
