# A node of C knows its proxy without owning it; the proxy's end clears the pointer, and may have begun.
cdef extern from "tree.h":
    ctypedef struct Node:
        void *proxy


cdef class Proxy:
    cdef Node *node

    def __dealloc__(self):
        unregister(self)

    def same(self):
        return proxy_of(self.node)


cdef int register(Proxy proxy, Node *node) except -1:
    node.proxy = <void *>proxy
    proxy.node = node
    return 0


cdef int unregister(Proxy proxy) except -1:
    cdef Node *node = proxy.node
    node.proxy = NULL
    return 0


cdef Proxy proxy_of(Node *node):
    if node.proxy is NULL:
        return None
    return <Proxy>node.proxy  # FIRES
