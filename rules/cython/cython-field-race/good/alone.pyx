# Near miss: changed only while nobody else has the object, or where no GIL ever protected it.
from libc.stdlib cimport free, malloc


cdef class Buffer:
    cdef char *data
    cdef dict names
    cdef object owner
    cdef size_t steps

    def __cinit__(self, size_t size):
        self.data = <char*>malloc(size)

    def __dealloc__(self):
        free(self.data)
        self.data = NULL

    cdef void _init(self, dict names):
        self.names = names

    cdef void _own(self, object owner):
        self.names = {}

    @staticmethod
    def wrap(dict names):
        cdef Buffer self = Buffer.__new__(Buffer, 16)
        self._init(names)
        self._own(None)
        self.names = {}
        return self

    cdef void step(self) noexcept nogil:
        self.steps += 1

    def run(self):
        with nogil:
            self.steps += 1
            self.step()

    def get(self, name):
        return self.names[name]
