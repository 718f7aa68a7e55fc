# Of an object that is known by its address, Cython's own declarations give the macro another name.
from cpython.ref cimport PyObject, _Py_REFCNT, Py_CLEAR

cdef PyObject *last = NULL


def forget():
    if last != NULL and _Py_REFCNT(last) == 1:  # FIRES
        return True
