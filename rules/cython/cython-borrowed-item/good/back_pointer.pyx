# Near miss: a pointer that holds a reference, one that only a library's callback follows, and a lock.
cimport cython
from cpython.ref cimport Py_DECREF, Py_INCREF

cdef extern from "tree.h":
    ctypedef struct Node:
        void *proxy
        void *data
        void *listener

cdef cython.pymutex lock


cdef class Owner:
    cdef Node *node

    def release(self):
        self.node.data = NULL
        Py_DECREF(self)

    def keep(self):
        Py_INCREF(self)
        self.node.data = <void *>self


cdef class Proxy:
    cdef Node *node

    def __dealloc__(self):
        cdef Node *node = self.node
        with lock:
            node.proxy = NULL
            node.listener = NULL


def proxy_of(long address):
    cdef Node *node = <Node *>address
    with lock:
        if node.proxy is NULL:
            return None
        return <Proxy>node.proxy


def owner_of(long address):
    cdef Node *node = <Node *>address
    return <Owner>node.data


cdef void changed(Node *node) noexcept with gil:
    proxy = <Proxy>node.listener
    print(proxy)
