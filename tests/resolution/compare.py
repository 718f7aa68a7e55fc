"""Compares resolutions with those of `uv pip compile`, for the sets in `sets/`.

usage: compare.py RESOLVE UV CACHE CUT-OFF [PYTHON [PLATFORM]]

RESOLVE is the built example `resolve`; UV an installed uv; CACHE a folder for both tools' caches. Prints a line per set
and the versions that differ. Both get the same cut-off date, Python and platform.
"""

import os
import pathlib
import subprocess
import sys

resolve, uv, cache, cut_off = sys.argv[1:5]
python = sys.argv[5] if len(sys.argv) > 5 else "3.14"
platform = sys.argv[6] if len(sys.argv) > 6 else "manylinux_2_28_x86_64"
here = pathlib.Path(__file__).parent


def versions(text):
    rows = (line.split("#")[0].split(";")[0].strip() for line in text.splitlines())
    return dict(row.split("==") for row in rows if "==" in row)


def normalised(name):
    return name.lower().replace("_", "-").replace(".", "-").split("[")[0]


different = packages = 0
for file in sorted((here / "sets").glob("*.txt")):
    ours = subprocess.run(
        [resolve, file, python, platform, f"{cache}/ungil", cut_off], capture_output=True, text=True
    )
    theirs = subprocess.run(
        [uv, "pip", "compile", "-q", "--no-header", "--no-annotate", "--cache-dir", f"{cache}/uv",
         "--python-version", python.rstrip("t"), "--python-platform", "x86_64-" + platform.rsplit("_x86_64", 1)[0],
         "--exclude-newer", cut_off, file],
        capture_output=True, text=True, env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
    )
    a = {normalised(name): version for name, version in versions(ours.stdout).items()}
    b = {normalised(name): version for name, version in versions(theirs.stdout).items()}
    names = [name for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]
    packages += len(a)
    different += bool(names)
    print(f"{file.stem}: {len(a)} packages, {'same' if not names else f'{len(names)} different'}")
    for name in names:
        print(f"    {name}: ours {a.get(name)}, uv {b.get(name)}")
    for line in ours.stdout.splitlines() + (theirs.stderr.splitlines() if theirs.returncode else []):
        if line.startswith("#") or theirs.returncode and "==" not in line:
            print(f"    {line}")
print(f"{packages} packages in all; {different} sets differ")
