# Near miss: filled in a critical section, while the object is made, while the module is imported, or not tested at all.
cimport cython

cdef object _finder = None


cdef _setup():
    global _finder
    if _finder is None:
        _finder = compile_finder()


_setup()


cdef class Node:
    cdef object _name
    cdef object _kids

    def __init__(self):
        if self._kids is None:
            self._kids = []

    @property
    def name(self):
        with cython.critical_section(self):
            if self._name is None:
                self._name = decode(self)
            return self._name

    def local(self):
        kids = None
        if kids is None:
            kids = list(self._kids)
        return kids
