# Cython's pure Python mode: what is annotated in an extension type is a field of a C structure.
import cython
from cython.cimports.libc.stdlib import free, malloc, realloc


@cython.cclass
class Pool:
    buffer: cython.p_char
    used: cython.size_t
    cache: dict
    handed = cython.declare(cython.int, visibility="readonly")

    def __cinit__(self):
        self.buffer = cython.cast(cython.p_char, malloc(16))
        self.cache = {}

    def __dealloc__(self):
        free(self.buffer)

    def grow(self, n: cython.size_t):
        self.buffer = cython.cast(cython.p_char, realloc(self.buffer, n))  # FIRES

    def take(self):
        self.used += 1  # FIRES
        self.step()

    @cython.cfunc
    def step(self) -> cython.void:
        with cython.gil:
            self.handed += 1  # FIRES

    def clear(self):
        self.cache = {}  # FIRES
