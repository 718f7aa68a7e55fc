# Near miss: a dict made here, keyword arguments, a tuple, a held section, a mere test, and a method of that name.
from cpython.dict cimport PyDict_GetItem
from cpython.tuple cimport PyTuple_GET_ITEM
cimport cython


def own(key, **extra):
    table = {}
    fill(table)
    a = <object>PyDict_GetItem(table, key)
    return a, <object>PyDict_GetItem(extra, key)


def held(dict table, key):
    with cython.critical_section(table):
        return <object>PyDict_GetItem(table, key)


def tested(dict table, key, tuple row):
    return PyDict_GetItem(table, key) == NULL, <object>PyTuple_GET_ITEM(row, 0)


def method(self, table, key):
    return self.PyDict_GetItem(table, key)
