"""Counters and caches of classes, however they are named, and caches that ask by an exception or by `get`."""
_cache = {}
hits = {"all": 0}


class Thing:
    count = 0
    made = 0
    _things = {}
    _rows = {}
    _first = None

    def __new__(cls):
        if cls._first is None:
            cls._first = super().__new__(cls)  # FIRES
        return cls._first

    def __init__(self):
        Thing.count += 1  # FIRES
        type(self).made += 1  # FIRES
        self.__class__.made += 1  # FIRES

    @classmethod
    def get(cls, key):
        if key not in cls._things:
            cls._things[key] = cls()  # FIRES
        return cls._things[key]

    def row(self, key):
        try:
            return self._rows[key]
        except KeyError:
            self._rows[key] = key  # FIRES
            return key

    @staticmethod
    def first():
        if Thing._first is None:
            Thing._first = Thing()  # FIRES
        return Thing._first


def lookup(key):
    try:
        return _cache[key]
    except KeyError:
        pass
    _cache[key] = compute(key)  # FIRES
    return _cache[key]


def found(key):
    value = _cache.get(key)
    if value is None:
        value = compute(key)
        _cache[key] = value  # FIRES
    return value


def hit():
    hits["all"] += 1  # FIRES
