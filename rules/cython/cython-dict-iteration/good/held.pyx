# Near miss: the dict's critical section around the loop, and a copy that nobody else knows.
from cpython.dict cimport PyDict_Next
cimport cython


def total(dict table):
    cdef Py_ssize_t at = 0
    cdef PyObject *key
    cdef PyObject *value
    result = 0
    with cython.critical_section(table):
        while PyDict_Next(table, &at, &key, &value):
            result += 1
    copy = dict(table)
    while PyDict_Next(copy, &at, &key, &value):
        result += 1
    return result
