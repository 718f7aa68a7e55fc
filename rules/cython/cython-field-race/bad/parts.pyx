# The function is handed the structure that other methods set part by part.
cdef extern from "calc.h":
    ctypedef struct calc_args:
        int mode
        double heat
    ctypedef struct calc_t:
        int n
    int calc_run(calc_args *args) nogil
    int calc_start(int n, calc_t **calc)
    void calc_stop(calc_t *calc)

cdef class Calc:
    cdef calc_args args
    cdef calc_args own
    cdef calc_t *calc

    def set_heat(self, double heat):
        self.args.heat = heat  # FIRES

    def run(self):
        cdef calc_args *args = &self.args
        self.args.mode = 1  # FIRES
        with nogil:
            return calc_run(args)

    def start(self, int n):
        return calc_start(n, &self.calc)  # FIRES
