#!/usr/bin/env python3
"""Hold ungil to the labels beside this file: confirmed hazards of released sdists, and the releases that fixed them.

usage: grade.py UNGIL FOLDER [--missed]

FOLDER holds the sdists that `bugs.jsonl` names, `NAME-VERSION.tar.gz` as an index serves them. Findings of medium
confidence and above count.

told    a finding touches the labelled line, or one of the two lines before or after it
near    told, or a finding of the label's class stands somewhere in the function
false   the fixed release still has a finding of that class on the line; where the line is gone, in the function

Each is said for all labels, and as the mean over packages, since the labels of one package are of one make.
"""
import collections, functools, json, pathlib, re, subprocess, sys

HERE = pathlib.Path(__file__).parent


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def findings(tool, folder, package, version):
    for path in sorted(pathlib.Path(folder).glob(f"*-{version}.tar.gz")):
        if plain(path.name[: -len(f"-{version}.tar.gz")]) == plain(package):
            break
    else:
        raise SystemExit(f"{package} {version}: no sdist in {folder}")
    run = subprocess.run([tool, "check", "--no-cache", "--format", "json", str(path)], capture_output=True, text=True)
    if run.returncode not in (0, 1, 3):
        raise SystemExit(f"{path.name}: exit {run.returncode}\n{run.stderr[-1000:]}")
    every = (one for package in json.loads(run.stdout)["packages"] for one in package["findings"])
    return [one for one in every if one["confidence"] != "low" and not one["suppressed"]]


def touches(one, first, last):
    return one["line"] <= last and one.get("end_line", one["line"]) >= first


def judge(label, tool, folder):
    here = [one for one in findings(tool, folder, label["package"], label["buggy_version"]) if one["path"] == label["file"]]
    told = any(touches(one, label["line"] - 2, label["line_end"] + 2) for one in here)
    alike = (one for one in here if one["class"] == label["kind"] and one["function"] == label["function"] != "")
    near = told or any(alike)
    after = [one for one in findings(tool, folder, label["package"], label["fixed_version"])
             if one["path"] == label["file"] and one["class"] == label["kind"]]
    line, span = label["fixed_line"], label["fixed_span"]
    if line != "gone":
        span = (line - 1, line + 1)
    return told, near, bool(span) and any(touches(one, *span) for one in after)


def main():
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    labels = [json.loads(line) for line in (HERE / "bugs.jsonl").read_text().splitlines()]
    rows = [(label, judge(label, *sys.argv[1:3])) for label in labels]
    for at, name in enumerate(("told", "near", "false")):
        packages = collections.defaultdict(list)
        for label, answers in rows:
            packages[label["package"]].append(answers[at])
        mean = sum(sum(one) / len(one) for one in packages.values()) / len(packages)
        print(f"{name:6} {sum(answers[at] for _, answers in rows)} of {len(rows)}, by package {mean:.3f}")
    if "--missed" in sys.argv:
        for label, answers in rows:
            if not answers[0]:
                print("missed", label["id"], f"{label['file']}:{label['line']}", label["kind"])
            if answers[2]:
                print("false ", label["id"], f"{label['file']}:{label['fixed_line']}", label["kind"])


main()
