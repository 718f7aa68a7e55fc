#!/usr/bin/env python3
"""Fetch what a survey is measured on: the pinned wheels of corpus/packages.toml and the sdists of the same releases.

usage: benches/survey_files.py DIR [MOST_KB]

Files above MOST_KB (default 400) are left out, and releases without an sdist below it, so that a copy of them under
20,000 names measures the survey and not one large library. The index is that of PIP_INDEX_URL, or ungil's default.
Every file is held against its sha256: a wheel's is pinned, an sdist's is what the index promises. Nothing is built.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import sys
import tomllib
import urllib.request

INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
HERE = pathlib.Path(__file__).resolve().parent


def page(name):
    request = urllib.request.Request(
        f"{INDEX}/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["files"]


def fetch(folder, entry, sha256):
    path = folder / entry["filename"]
    if not path.exists():
        with urllib.request.urlopen(entry["url"], timeout=300) as answer:
            data = answer.read()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise SystemExit(f"{path.name}: its sha256 is not the one that was promised")
        path.write_bytes(data)
    return path.name


def release(folder, pinned, most):
    """The wheel and the sdist of one pinned release, where both are small."""
    plain = pinned["name"].replace("-", "_").lower()
    sdist = f"{plain}-{pinned['version']}.tar.gz"
    files = {entry["filename"].lower(): entry for entry in page(pinned["name"])}
    wheel, source = files.get(pinned["file"].lower()), files.get(sdist)
    if wheel is None or source is None or max(wheel["size"], source["size"]) > most:
        return []
    return [
        fetch(folder, wheel, pinned["sha256"]),
        fetch(folder, source, source["hashes"]["sha256"]),
    ]


def main():
    folder = pathlib.Path(sys.argv[1])
    most = int(sys.argv[2] if len(sys.argv) > 2 else 400) * 1000
    folder.mkdir(parents=True, exist_ok=True)
    with open(HERE.parent / "corpus" / "packages.toml", "rb") as file:
        pinned = [one for one in tomllib.load(file)["package"] if one.get("file", "").endswith(".whl")]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for names in pool.map(lambda one: release(folder, one, most), pinned):
            for name in names:
                print(name)


main()
