# A file that another includes: what that one imported is known here by its name alone.
def find(registries, key):
    item = python.PyDict_GetItem(registries, key)  # FIRES
    if item is NULL:
        return None
    return <object>item
