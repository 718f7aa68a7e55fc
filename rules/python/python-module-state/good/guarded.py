"""Near miss: locks held, one call that does both, locals, and what the module's body does."""
import threading

calls = 0
_cache = {}
_compiled = None
_lock = threading.Lock()
calls += 1


def count():
    global calls
    with _lock:
        calls += 1


def lookup(key):
    return _cache.setdefault(key, key)


def guarded(key):
    with _lock:
        if key not in _cache:
            _cache[key] = compute(key)
    return _cache[key]


def own(key):
    _cache = {}
    if key not in _cache:
        _cache[key] = 1
    return _cache


def _prepare():
    global _compiled
    if _compiled is None:
        _compiled = compile_it()


_prepare()
