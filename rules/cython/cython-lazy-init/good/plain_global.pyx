# Near miss: what is computed twice is the same, and what is replaced was counted.
import os

_size = None
_hook = None

def size():
    global _size
    if _size is None:
        _size = os.getpid()
    return _size

def set_hook(hook):
    global _hook
    _hook = hook
