# Near miss: none of what is chosen walks a dict, or the dict is one that nobody else knows.
from cpython.dict cimport PyDict_Next
from cpython.ref cimport PyObject

ctypedef int (*next_item)(object, Py_ssize_t *, PyObject **, PyObject **) except -1


cdef int next_of_list(object items, Py_ssize_t *at, PyObject **key, PyObject **value) except -1:
    return 0


cdef int next_of_any(object items, Py_ssize_t *at, PyObject **key, PyObject **value) except -1:
    return 0


cdef next_item choose(object mapping) except NULL:
    if isinstance(mapping, list):
        return &next_of_list
    return &next_of_any


cdef next_item choose_for_dict(object mapping) except NULL:
    return &PyDict_Next


def total(object mapping):
    cdef Py_ssize_t at = 0
    cdef PyObject *key
    cdef PyObject *value
    step = choose(mapping)
    result = 0
    while step(mapping, &at, &key, &value):
        result += <object>value
    return result


def counts(names):
    cdef Py_ssize_t at = 0
    cdef PyObject *key
    cdef PyObject *value
    found = {}
    for name in names:
        found[name] = len(name)
    step = choose_for_dict(found)
    result = 0
    while step(found, &at, &key, &value):
        result += <object>value
    return result
