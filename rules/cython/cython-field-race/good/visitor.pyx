# Near miss: what a call hands to its callback by way of a library, which nobody else ever sees.
cdef extern from "tree.h":
    ctypedef int (*visit_t)(const char *name, void *data)
    int tree_visit(int tree, visit_t visit, void *data)

cdef class _Visitor:
    cdef object func
    cdef object result

    def __init__(self, func):
        self.func = func
        self.result = None

cdef int _visited(const char *name, void *data) except -1 with gil:
    cdef _Visitor visitor
    visitor = <_Visitor>data
    visitor.result = visitor.func(name)
    return visitor.result is not None

def visit(int tree, func):
    cdef _Visitor visitor = _Visitor(func)
    tree_visit(tree, _visited, <void *>visitor)
    return visitor.result
