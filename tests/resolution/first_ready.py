"""Checks the way out of `ungil audit` against the dates and tags on the index, for the packages of the corpus.

usage: first_ready.py UNGIL INDEX CACHE

For every package of `corpus/packages.toml` that ever had a `cp314t` wheel for the platform, its newest final release
before the first such wheel is audited; `first_ready` must be the first later final release that has one, or a later one
if the modules of those between turn the GIL on, which the audit of each then has to say.
"""

import json
import pathlib
import subprocess
import sys
import tomllib
import urllib.request

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

ungil, index, cache = sys.argv[1:4]
corpus = tomllib.loads((pathlib.Path(__file__).parents[2] / "corpus/packages.toml").read_text())


def page(name):
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    with urllib.request.urlopen(urllib.request.Request(f"{index.rstrip('/')}/{name}/", headers=accept)) as answer:
        return json.load(answer)["files"]


def fits(tag):
    """Whether the tag is one of 3.14t on manylinux_2_28_x86_64."""
    machine = tag.platform.startswith(("manylinux", "linux")) and tag.platform.endswith("_x86_64")
    newest = tag.platform.removeprefix("manylinux_2_").removesuffix("_x86_64")
    return tag.abi == "cp314t" and machine and not (newest.isdigit() and int(newest) > 28)


def audited(spec):
    command = [ungil, "audit", "-q", "--no-deps", "--no-sources", "--python", "3.14t", "--platform", "manylinux_2_28_x86_64"]
    told = subprocess.run(
        [*command, "--cache-dir", cache, "--format", "json", spec], capture_output=True, text=True
    )
    return json.loads(told.stdout)["packages"][0]


checked = wrong = 0
for package in corpus["package"]:
    name, versions, first_day = package["name"], {}, {}
    for file in page(name):
        try:
            if file["filename"].endswith(".whl"):
                _, version, _, tags = parse_wheel_filename(file["filename"])
            else:
                (_, version), tags = parse_sdist_filename(file["filename"]), ()
        except (InvalidWheelFilename, InvalidSdistFilename, ValueError):
            continue
        if file.get("yanked") or version.is_prerelease:
            continue
        versions[version] = versions.get(version, False) or any(fits(tag) for tag in tags)
        day = (file.get("upload-time") or "")[:10]
        first_day[version] = min(first_day.get(version, day), day)
    order = sorted(versions)
    first = next((at for at, version in enumerate(order) if versions[version]), None)
    if not first:
        continue
    old, expected = order[first - 1], order[first]
    row = audited(f"{name}=={old}")
    if row["verdict"] in ("ready", "pure-python"):
        continue
    checked += 1
    told = (row["way_out"] or {}).get("first_ready")
    if told == str(expected):
        print(f"{name} {old}: {told}, {first_day[expected]}: the same")
        continue
    verdicts = {}
    for version in order[first:]:
        if str(version) == told:
            break
        if versions[version]:
            verdicts[str(version)] = audited(f"{name}=={version}")["verdict"]
    fine = all(verdict not in ("ready", "pure-python") for verdict in verdicts.values())
    wrong += not fine
    print(f"{name} {old}: told {told}, first wheel {expected}; between {verdicts}: {'explained' if fine else 'WRONG'}")
print(f"{checked} packages checked, {wrong} wrong")
