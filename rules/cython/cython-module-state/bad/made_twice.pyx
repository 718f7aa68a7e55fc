# A registry that is made and stored when it is first asked for: what is registered with the one that is dropped is lost.
cdef dict REGISTRIES
REGISTRIES = {}

cdef class Registry:
    cdef dict entries

    def __init__(self):
        self.entries = {}

    def __setitem__(self, name, value):
        self.entries[name] = value

def registry(key):
    try:
        return REGISTRIES[key]
    except KeyError:
        found = REGISTRIES[key] = Registry()  # FIRES
        return found


SETTINGS = {}

def setting(key, name):
    if key not in SETTINGS:
        SETTINGS[key] = {}  # FIRES
    return SETTINGS[key][name]
