# A tree of C that is found in by one method, and changed through the address of its root by another.
cdef extern from "tree.h":
    ctypedef struct node_t:
        int value
    node_t *tree_find(node_t *root, int key)
    int tree_insert(node_t **root, int key, int value)


cdef class Tree:
    cdef node_t *_root

    def __getitem__(self, int key):
        cdef node_t *node = tree_find(self._root, key)  # FIRES
        if node == NULL:
            raise KeyError(key)
        return node.value

    def __setitem__(self, int key, int value):
        tree_insert(&self._root, key, value)  # FIRES
