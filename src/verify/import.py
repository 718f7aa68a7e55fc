"""Imports one module in a fresh interpreter, and writes down what became of the GIL.

Called by `ungil verify` as `python -I -B -c <this> OUT MODULE PATH…`. What the module prints goes to its own streams; the
answer goes to the file OUT, written whole at the end: without it, the process died on the way.
"""

import importlib
import json
import sys
import warnings

out, module, *paths = sys.argv[1:]
answer = {"python": sys.version.split()[0], "free_threaded": False, "before": True, "after": True, "error": None, "warnings": []}
state = getattr(sys, "_is_gil_enabled", None)
try:
    import sysconfig

    answer["free_threaded"] = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    sys.path[:0] = paths
    answer["before"] = state() if state else True
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if module:
            importlib.import_module(module)
except BaseException as error:  # whatever a module raises is an answer
    answer["error"] = f"{type(error).__name__}: {error}"
    # A module that is missing altogether says nothing about the one that was asked for.
    answer["missing"] = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
answer["after"] = state() if state else True
answer["warnings"] = [f"{one.category.__name__}: {one.message}" for one in caught] if "caught" in globals() else []
with open(out, "w", encoding="utf-8") as file:
    json.dump(answer, file)
