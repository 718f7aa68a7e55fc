# Counters of an object that others hold: by an attribute, or handed to a private method.
cdef class Loop:
    cdef long handles
    cdef long timers


cdef class Handle:
    cdef Loop loop

    cdef inline attach(self, Loop loop):
        self.loop = loop  # FIRES
        loop.handles += 1  # FIRES

    def start(self, Loop loop):
        self.attach(loop)

    def again(self):
        self.loop.timers += 1  # FIRES
