"""Calls every function of `shapes` many times on every kind of argument, and prints what came and what was lost."""

import sys
import sysconfig

import shapes


class Sized:
    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size


OF_LISTS = ["in_place", "measure", "taken", "taken_in_a_test"]
items = [Sized(1), Sized(7), object(), None, "text", 12.5]
arguments = [
    [],
    {},
    *([item] for item in items),
    [Sized(2), None, items[1], items[2]],
    *({None: item, "key": item, shapes: item} for item in items),
    {1: 2, 3: None, 4: 5},
]
watched = [item for item in items if item is not None]
for name in sorted(vars(shapes)):
    if name.startswith("__"):
        continue
    function = getattr(shapes, name)
    for argument in arguments:
        if isinstance(argument, list) != (name in OF_LISTS):
            continue
        before = [sys.getrefcount(item) for item in watched]
        for _ in range(1000):
            try:
                result = repr(type(function(argument)))
            except Exception as error:
                result = type(error).__name__
        after = [sys.getrefcount(item) for item in watched]
        leaks = [now - then for then, now in zip(before, after)]
        print(name, arguments.index(argument), result, leaks if any(abs(n) > 10 for n in leaks) else "balanced")
free_threaded = sysconfig.get_config_var("Py_GIL_DISABLED")
print("gil", sys._is_gil_enabled() if free_threaded else None, file=sys.stderr)
