# Near miss: methods by the names of C functions, of an object and of what was imported from Python.
import helpers

def find(registries, key):
    return registries.PyDict_GetItem(key)

def ask(key):
    return helpers.PyDict_GetItem(key)

def look(key):
    table = make()
    return table.PyDict_GetItem(key)
