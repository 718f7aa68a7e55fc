# Near miss: a list that nobody changes after the import, a copy of one, and a lock.
cimport cython

cdef list connections = []
cdef list kinds = ["a", "b"]
cdef cython.pymutex lock


def connect(connection):
    with lock:
        connections.append(connection)


def kind(address):
    for one in kinds:
        if address.startswith(one):
            return one
    return None


def handle(address):
    for connection in list(connections):
        if connection.address == address:
            return connection
    return None


def last():
    with lock:
        if connections:
            return connections.pop()
    return None
