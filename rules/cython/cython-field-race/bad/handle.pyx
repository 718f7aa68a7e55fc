# A library's handle: which of its functions change it, the library's own declarations tell.
cdef extern from "meter.h":
    ctypedef struct meter_t:
        pass
    ctypedef struct Meter:
        pass
    Meter* meter_open(const char* name)
    void meter_close(Meter* meter)
    int meter_feed(Meter* meter, double value)
    int meter_reset(Meter *)
    double meter_mean(const Meter* meter)

cdef class Gauge:
    cdef void* meter

    def __cinit__(self):
        self.meter = NULL

    def __init__(self, name):
        cdef Meter* made = meter_open(name)
        if self.meter is not NULL:
            meter_close(<Meter*>self.meter)  # FIRES
        self.meter = <void*>made

    def __dealloc__(self):
        if self.meter is not NULL:
            meter_close(<Meter*>self.meter)

    def feed(self, double value):
        return meter_feed(<Meter*>self.meter, value)  # FIRES

    def reset(self):
        meter_reset(<Meter*>self.meter)  # FIRES

    def mean(self):
        return meter_mean(<Meter*>self.meter)
