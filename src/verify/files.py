"""Prints where installed distributions have their files, as JSON: `python -I -c <this> NAME…`."""

import importlib.metadata
import json
import sys

answer = {}
for name in sys.argv[1:]:
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        answer[name] = None
        continue
    answer[name] = {"root": str(found.locate_file("")), "files": [str(path) for path in found.files or []]}
print(json.dumps(answer))
