# The C API by a project's own declarations, which are taken as a whole.
cimport c_python

def first(list items):
    return <object>c_python.PyList_GET_ITEM(items, 0)  # FIRES
