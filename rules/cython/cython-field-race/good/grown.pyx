# Near miss: both sides take the object's lock, or what is handed the address opens the thing once.
cimport cython

cdef extern from "tree.h":
    ctypedef struct node_t:
        int value
    node_t *tree_find(node_t *root, int key)
    int tree_insert(node_t **root, int key, int value)
    int tree_load(node_t **root, const char *path)


cdef class Tree:
    cdef node_t *_root

    @cython.critical_section
    def __getitem__(self, int key):
        cdef node_t *node = tree_find(self._root, key)
        if node == NULL:
            raise KeyError(key)
        return node.value

    @cython.critical_section
    def __setitem__(self, int key, int value):
        tree_insert(&self._root, key, value)


cdef class Loaded:
    cdef node_t *_root

    def __cinit__(self, const char *path):
        tree_load(&self._root, path)

    def __getitem__(self, int key):
        cdef node_t *node = tree_find(self._root, key)
        if node == NULL:
            raise KeyError(key)
        return node.value
