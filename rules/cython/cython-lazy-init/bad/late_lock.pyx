# A lock that is made when somebody first asks for it guards nothing from those who ask at the same time.
import threading

_guard = None
_asked = False

def guard():
    global _guard
    if _guard is None:  # FIRES
        _guard = threading.RLock()
    return _guard

def guard_or_nothing():
    global _guard, _asked
    if not _asked:  # FIRES
        try:
            made = threading.Lock()
        except RuntimeError:
            made = None
        _guard = made
        _asked = True
    return _guard
