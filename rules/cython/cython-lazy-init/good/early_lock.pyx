# Near miss: made while the module is imported, made anew after a fork whatever was there, under another lock, or local.
import os
import threading

_guard = threading.Lock()
_late = None

def after_fork():
    global _guard
    _guard = threading.Lock()

def late():
    global _late
    with _guard:
        if _late is None:
            _late = threading.RLock()
    return _late

def local(ask):
    if ask:
        guard = threading.Lock()
        return guard
    return _guard
