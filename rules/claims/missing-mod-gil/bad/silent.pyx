# cython: language_level=3, boundscheck=False  (FIRES)
def one():
    return 1
