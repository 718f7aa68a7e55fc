# Near miss: modules and functions of that name which are not CPython's.
cimport mylib.dict as of_dicts
from mylib cimport get as get_at


def lookup(table, key):
    return of_dicts.PyDict_GetItem(table, key), get_at(table, 0)
