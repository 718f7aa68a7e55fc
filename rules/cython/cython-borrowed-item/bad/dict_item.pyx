# A dict's item by a borrowed reference, imported by name, under another name, and through the package.
from cpython.dict cimport PyDict_GetItem
from cpython.list cimport PyList_GET_ITEM as get_at
cimport cpython

cdef extern from "Python.h":
    PyObject **PySequence_Fast_ITEMS(object sequence)


def lookup(dict table, key):
    return <object>PyDict_GetItem(table, key)  # FIRES


def first(list rows):
    return <object>get_at(rows, 0)  # FIRES


def other(dict table, key):
    return <object>cpython.PyDict_GetItem(table, key)  # FIRES


def items(list rows):
    return <object>PySequence_Fast_ITEMS(rows)[0]  # FIRES
