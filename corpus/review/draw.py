#!/usr/bin/env python3
"""Draw findings to be reviewed: the same ones for the same program, wherever it runs.

usage: draw.py UNGIL FOLDER [--draw first|second|third|fourth] [--context N]

FOLDER holds the sdists named below, as an index serves them. Five findings of medium confidence or above are drawn
from each, by a seed, from all that are counted against the authors; where a package has fewer, all are taken and the
rest is drawn from the last of the list. Prints a row for each, and with --context the lines around it.
"""
import argparse, json, pathlib, random, subprocess, tarfile

EACH = 5
DRAWS = {
    "first": (20261128, [
        ("brotli", "1.2.1"), ("matplotlib", "3.11.2"), ("multidict", "7.2.1"), ("mysqlclient", "2.3.2"),
        ("pygit2", "1.21.0"), ("pymssql", "2.4.6"), ("pysam", "0.24.1"), ("python_ldap", "3.4.8"), ("shapely", "2.2.0"),
        ("tables", "3.11.1"),
    ]),
    "second": (20261129, [
        ("asyncpg", "0.32.0"), ("coverage", "7.17.5"), ("immutables", "0.21"), ("netifaces", "0.11.0"),
        ("pyicu", "2.17"), ("pyodbc", "5.5.0"), ("ruamel_yaml_clib", "0.2.15"), ("setproctitle", "1.3.8"),
        ("wrapt", "2.5.2"), ("zstandard", "0.25.0"),
    ]),
    "third": (20261130, [
        ("backports_zstd", "1.8.0"), ("biopython", "1.88"), ("datasketches", "5.2.0"), ("fastavro", "1.13.1"),
        ("gevent", "26.9.0"), ("pyerfa", "2.0.1.5"), ("pyproj", "3.8.0"), ("rapidfuzz", "3.9.7"),
        ("scikit_image", "0.26.0"), ("uharfbuzz", "0.57.0"),
    ]),
    "fourth": (20261201, [
        ("btrees", "6.5"), ("cvxopt", "1.3.3"), ("cyvcf2", "0.35.0"), ("fiona", "1.10.1"), ("igraph", "1.0.0"),
        ("pykerberos", "1.2.4"), ("pynacl", "1.6.2"), ("rasterio", "1.5.2"), ("xmlsec", "1.3.17"),
        ("zfec", "1.6.0.0"),
    ]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ungil"), parser.add_argument("folder"), parser.add_argument("--context", type=int, default=0)
    parser.add_argument("--draw", choices=sorted(DRAWS), default="second")
    asked = parser.parse_args()
    seed, packages = DRAWS[asked.draw]
    number = owed = 0
    for package, version in packages:
        path = pathlib.Path(asked.folder) / f"{package}-{version}.tar.gz"
        run = [asked.ungil, "check", "--no-cache", "--format", "json", str(path)]
        report = json.loads(subprocess.run(run, capture_output=True, text=True).stdout)
        found = [f for p in report["packages"] for f in p["findings"]
                 if f["confidence"] != "low" and not f.get("suppressed") and not f.get("origin")]
        found.sort(key=lambda f: (f["path"], f["line"], f["rule"], f["fingerprint"]))
        want = EACH + (owed if (package, version) == packages[-1] else 0)
        drawn = random.Random(f"{seed} {package}").sample(found, min(want, len(found)))
        owed += want - len(drawn)
        drawn.sort(key=lambda f: (f["path"], f["line"]))
        texts = {}
        if asked.context:
            with tarfile.open(path) as archive:
                for member in archive:
                    name = member.name.split("/", 1)[-1]
                    if any(f["path"] == name for f in drawn):
                        texts[name] = archive.extractfile(member).read().decode("utf-8", "replace").splitlines()
        for f in drawn:
            number += 1
            print(f"{number}. {package} {version} ({len(found)} findings) {f['path']}:{f['line']}-{f['end_line']} "
                  f"`{f['function']}` {f['rule']} [{f['severity']}/{f['confidence']}]\n   {f['message']}")
            for other in f.get("related", []):
                print(f"      see {other['path']}:{other['line']}: {other['message']}")
            lines = texts.get(f["path"], [])
            for at in range(max(1, f["line"] - asked.context), min(len(lines), f["end_line"] + asked.context) + 1):
                if lines:
                    print(f"   {at:6} {lines[at - 1]}")
            if lines:
                print()


main()
