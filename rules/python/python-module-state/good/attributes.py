"""Near miss: state of objects and of functions, locks, and attributes that nothing changes."""
import threading

_lock = threading.Lock()
_cache = {}


class Thing:
    limit = 10
    count = 0
    rows = {}
    names = {"a": 1}

    def __init__(self):
        self.count = 0
        self.rows = {}

    def bump(self):
        self.count += 1
        return self.names.get("a", self.limit)

    def row(self, key):
        try:
            return self.rows[key]
        except KeyError:
            self.rows[key] = key
            return key

    @classmethod
    def counted(cls):
        with _lock:
            cls.count += 1
            Thing.count += 1


def lookup(key):
    with _lock:
        try:
            return _cache[key]
        except KeyError:
            _cache[key] = compute(key)
            return _cache[key]


def own(key):
    rows = {}
    try:
        return rows[key]
    except KeyError:
        rows[key] = key
    value = rows.get(key)
    if value is None:
        rows[key] = value
    return rows


def replaced(key):
    try:
        return parse(key)
    except KeyError:
        _cache[key] = key
