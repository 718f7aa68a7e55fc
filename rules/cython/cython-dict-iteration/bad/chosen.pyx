# The walk by position comes out of a function that chooses one for the mapping.
from cpython.dict cimport PyDict_CheckExact, PyDict_Next
from cpython.ref cimport PyObject

ctypedef int (*next_item)(object, Py_ssize_t *, PyObject **, PyObject **) except -1


cdef int next_of_any(object items, Py_ssize_t *at, PyObject **key, PyObject **value) except -1:
    return 0


cdef next_item choose(object mapping) except NULL:
    if PyDict_CheckExact(mapping):
        return &PyDict_Next
    return &next_of_any


def total(object mapping):
    cdef Py_ssize_t at = 0
    cdef PyObject *key
    cdef PyObject *value
    step = choose(mapping)
    result = 0
    while step(mapping, &at, &key, &value):  # FIRES
        result += <object>value
    return result
