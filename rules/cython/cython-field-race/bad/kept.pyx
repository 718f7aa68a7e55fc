# Private methods alone, but an attribute keeps one such object, and a list the others: two calls may have the same one.
cdef class Message:
    cdef size_t length  # FIRES

    cdef write(self, bytes data):
        self.length += len(data)  # FIRES

    cdef reset(self):
        self.length = 0  # FIRES


cdef class Part:
    cdef size_t used  # FIRES

    cdef fill(self):
        self.used += 1  # FIRES

    cdef empty(self):
        self.used = 0  # FIRES


cdef class Connection:
    cdef Message message
    cdef list parts

    def send(self, bytes data):
        self.message.write(data)
        self.message.reset()

    def more(self, size_t at):
        cdef Part part = <Part>self.parts[at]
        part.fill()
        part.empty()
