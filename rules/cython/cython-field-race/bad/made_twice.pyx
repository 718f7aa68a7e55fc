# Lists that are made and stored when the first thing is added: what another thread adds to the one dropped is lost.
cdef class Listeners:
    cdef dict by_name

    def __init__(self):
        self.by_name = {}

    def add(self, name, listener):
        if name not in self.by_name:
            self.by_name[name] = []  # FIRES
        self.by_name[name].append(listener)
