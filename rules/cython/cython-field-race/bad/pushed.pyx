# A member of a declared C++ class may be called like one of a container, and its object need not be one to change by that.
cdef extern from "heap.h":
    cdef cppclass Heap:
        Heap(int)
        int push(int, double)
        void pop(int *, double *)
        bint empty()

cdef class Queue:
    cdef Heap *heap

    def __cinit__(self, int size):
        self.heap = new Heap(size)

    def __dealloc__(self):
        del self.heap

    def push(self, int address, double value):
        return self.heap.push(address, value)  # FIRES

    def pop(self):
        cdef int address
        cdef double value
        self.heap.pop(&address, &value)  # FIRES
        return address, value
