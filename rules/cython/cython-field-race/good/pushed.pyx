# Near miss: a structure whose members are functions of whatever kind, a member that looks, and a lock.
cimport cython

cdef extern from "heap.h":
    cdef cppclass Heap:
        Heap(int)
        int push(int, double)
        bint empty()
    ctypedef struct Stack:
        int (*push)(int, double)

cdef class Queue:
    cdef Heap *heap
    cdef Stack *stack

    def __cinit__(self, int size):
        self.heap = new Heap(size)

    def __dealloc__(self):
        del self.heap

    def empty(self):
        return self.heap.empty()

    def by_function(self, int address, double value):
        return self.stack.push(address, value)

    @cython.critical_section
    def push(self, int address, double value):
        return self.heap.push(address, value)
