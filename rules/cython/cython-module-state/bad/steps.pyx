# Containers of the module that functions test before they take from them, and walk while others change them.
cdef list connections = []
cdef dict numbers = {}


def connect(connection):
    connections.append(connection)


def handle(address):
    for connection in connections:  # FIRES
        if connection.address == address:
            return connection
    return None


def last():
    if connections:  # FIRES
        return connections.pop()
    return None


def number(name):
    if name not in numbers:
        numbers[name] = len(numbers)  # FIRES
    return numbers[name]


def count(name):
    numbers[name] += 1  # FIRES
