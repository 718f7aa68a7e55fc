# The usual loop over somebody's dict.
from cpython.dict cimport PyDict_Next


def total(dict table):
    cdef Py_ssize_t at = 0
    cdef PyObject *key
    cdef PyObject *value
    result = 0
    while PyDict_Next(table, &at, &key, &value):  # FIRES
        result += <object>value
    return result
