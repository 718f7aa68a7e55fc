# Python can call what changes the object, and so can two threads of one that they share.
cdef class Mesh:
    cdef float *points
    cdef int count  # FIRES
    cdef int room

    def __cinit__(self):
        self.room = 8
        self.points = <float *>malloc(self.room * sizeof(float))

    def __dealloc__(self):
        free(self.points)

    def values(self):
        return [self.points[i] for i in range(self.count)]

    cpdef void add(self, float value):
        if self.count == self.room:
            self.room *= 2  # FIRES
            self.points = <float *>realloc(self.points, self.room * sizeof(float))  # FIRES
        self.points[self.count] = value  # FIRES
        self.count += 1  # FIRES


cdef void walk(Mesh mesh, int steps):
    for i in range(steps):
        mesh.add(i)


def triangles(int steps):
    cdef Mesh mesh = Mesh()
    walk(mesh, steps)
    return mesh.values()
