# Near miss: Python can do nothing with such an object, and nothing keeps one: each is made, filled and let go in one call.
cdef class Message:
    cdef bytearray data
    cdef size_t length

    def __cinit__(self):
        self.length = 0

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        fill(buffer, self, self.length)

    @staticmethod
    cdef Message new():
        return Message.__new__(Message)

    cdef grow(self, size_t more):
        self.length += more
        self.data = bytearray(self.length)

    cdef write(self, bytes data):
        self.grow(len(data))


cdef class Connection:
    cdef object transport

    cdef Message build(self, bytes data):
        cdef Message message = Message.new()
        message.write(data)
        message.length += 1
        return message

    def send(self, bytes data):
        cdef Message message = self.build(data)
        self.transport.write(message)
