# Near miss: Python may ask such an object for what it holds and cannot change it; each is made and filled in one call.
cdef class Mesh:
    cdef float *points
    cdef int count
    cdef int room

    def __cinit__(self):
        self.room = 8
        self.points = <float *>malloc(self.room * sizeof(float))

    def __dealloc__(self):
        free(self.points)

    def values(self):
        return [self.points[i] for i in range(self.count)]

    cdef void add(self, float value):
        if self.count == self.room:
            self.room *= 2
            self.points = <float *>realloc(self.points, self.room * sizeof(float))
        self.points[self.count] = value
        self.count += 1


cdef void walk(Mesh mesh, int steps):
    for i in range(steps):
        mesh.add(i)


def triangles(int steps):
    cdef Mesh mesh = Mesh()
    walk(mesh, steps)
    return mesh.values()
