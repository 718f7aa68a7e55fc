# Near miss: lists that are made in one step with the look-up, and while the module's lock is held.
cimport cython

cdef dict TABLE
TABLE = {}
cdef cython.pymutex LOCK

def add(key, value):
    TABLE.setdefault(key, []).append(value)

def put(key, value):
    with LOCK:
        if key not in TABLE:
            TABLE[key] = []
        TABLE[key].append(value)

NAMES = {}

def name(key):
    if key not in NAMES:
        NAMES[key] = str(key)
    return NAMES[key]
