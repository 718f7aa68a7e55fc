# The same functions through a module's other name, a renamed declaration, and another file's declarations.
cimport cpython.dict as of_dicts
from cpython cimport dict as also_of_dicts
from capi cimport PyList_GET_ITEM

cdef extern from "Python.h":
    void *in_table "PyDict_GetItemWithError"(object table, object key)


def lookup(dict table, key):
    return <object>of_dicts.PyDict_GetItem(table, key)  # FIRES


def again(dict table, key):
    return <object>also_of_dicts.PyDict_GetItem(table, key)  # FIRES


def renamed(dict table, key):
    return <object>in_table(table, key)  # FIRES


def first(list rows):
    return <object>PyList_GET_ITEM(rows, 0)  # FIRES


def declared_elsewhere(dict table, key):
    return <object>PyDict_GetItemString(table, key)  # FIRES
