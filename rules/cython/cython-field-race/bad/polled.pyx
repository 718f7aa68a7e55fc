# A flag that one thread polls and another sets; where it is set no GIL was ever held.
cdef extern from "events.h" nogil:
    int wait_for_event()


cdef class Poller:
    cdef bint stopped

    def __cinit__(self):
        self.stopped = False

    cdef int poll(self) except -1 nogil:
        while not self.stopped:  # FIRES
            wait_for_event()
        return 0

    def run(self):
        with nogil:
            self.poll()

    def stop(self):
        self.stopped = True  # FIRES
