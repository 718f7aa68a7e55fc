"""A counter, a value made on first use, a cache filled in two steps, an attribute of the class."""
calls = 0
_compiled = None
_cache = {}


def count():
    global calls
    calls += 1  # FIRES
    return calls


def pattern():
    global _compiled
    if _compiled is None:
        _compiled = compile_it()  # FIRES
    return _compiled


def lookup(key):
    if key not in _cache:
        _cache[key] = compute(key)  # FIRES
    return _cache[key]


class Registry:
    _instance = None

    @classmethod
    def instance(cls):
        if cls._instance is None:
            cls._instance = cls()  # FIRES
        return cls._instance
