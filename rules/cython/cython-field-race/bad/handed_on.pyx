# A C structure that private functions change or read, handed to them by methods that hold no lock.
cdef struct Map:
    size_t filled
    size_t *cells


cdef void map_set(Map *map_, size_t key, size_t value):
    map_.filled += 1
    map_.cells[key] = value


cdef void map_move(Map *map_, size_t to, size_t from_):
    map_set(map_, to, map_get(map_, from_))


cdef size_t map_get(Map *map_, size_t key):
    return map_.cells[key]


cdef class Table:
    cdef Map *c_map
    cdef Map whole

    def __setitem__(self, size_t key, size_t value):
        map_set(self.c_map, key, value)  # FIRES

    def move(self, size_t to, size_t from_):
        map_move(&self.whole, to, from_)  # FIRES

    def __getitem__(self, size_t key):
        return map_get(self.c_map, key) + map_get(&self.whole, key)  # FIRES
