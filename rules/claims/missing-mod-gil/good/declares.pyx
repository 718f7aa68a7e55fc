# Near miss: one of several directives on a line of the header.
# cython: language_level=3, freethreading_compatible=True
def one():
    return 1
