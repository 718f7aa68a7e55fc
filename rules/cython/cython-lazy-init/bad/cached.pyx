# Filled by whoever asks first: an attribute behind an early return, and a C variable of the module.
cdef object _finder = None


cdef class Node:
    cdef object _name
    cdef object _kids
    cdef object _kind
    cdef char *_text

    @property
    def name(self):
        if self._name is not None:  # FIRES
            return self._name
        self._name = decode(self)
        return self._name

    def kids(self):
        if not self._kids:  # FIRES
            self._kids = list(self)
        return self._kids

    def kind(self):
        if self._kind is not None:  # FIRES
            return self._kind
        if self.alone:
            self._kind = "leaf"
            return self._kind
        self._kind = classify(self)
        return self._kind

    def text(self):
        if self._text != NULL:
            return self._text
        else:  # FIRES
            self._text = render(self)
        return self._text


def find(node):
    global _finder
    if _finder is None:  # FIRES
        _finder = compile_finder()
    return _finder(node)
