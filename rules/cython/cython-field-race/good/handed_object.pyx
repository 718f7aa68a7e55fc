# Near miss: the object that the functions are handed was made by their caller, or the caller holds the lock.
cimport cython

cdef class Counter:
    cdef unsigned int count
    cdef public object name

    @cython.critical_section
    def step(self):
        step_it(self)

    def copy(self):
        cdef Counter other = Counter.__new__(Counter)
        start_it(other, 1)
        return other

cdef inline void step_it(Counter counter):
    counter.count += 1

cdef inline void start_it(Counter counter, int n):
    counter.count += n
