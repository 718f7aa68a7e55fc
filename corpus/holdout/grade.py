#!/usr/bin/env python3
"""Hold ungil to the labels beside this file: confirmed hazards of released sdists, and the releases that fixed them.

usage: grade.py UNGIL FOLDER [--draw bugs|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth] [--missed]

FOLDER holds the sdists that the labels of the draw name (`bugs.jsonl` unless `--draw` says otherwise), `NAME-VERSION.tar.gz` or `.tar.bz2` as an index serves them. Findings of medium
confidence and above count.

told    a finding touches the labelled line, or one of the two lines before or after it
near    told, or a finding of the label's class stands somewhere in the function
false   the fixed release still has a finding of that class on the line; where the line is gone, in the function. Labels of the
        seventh, eighth, ninth, eleventh, twelfth and thirteenth draws are a reviewer's and have no fixed release: `version` is the one that was read

alarm   where the draw has look-alikes (`DRAW-clean.jsonl`): a finding of the class that a safe place looks like, on its line
        or the ones beside it

Each is said for all labels, and as the mean over packages, since the labels of one package are of one make.
"""
import argparse, collections, functools, json, pathlib, re, subprocess, sys

HERE = pathlib.Path(__file__).parent


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def findings(tool, folder, package, version):
    for path in sorted(pathlib.Path(folder).glob(f"*-{version}.*")):
        name, _, kind = path.name.partition(f"-{version}.")
        if kind in ("tar.gz", "tar.bz2") and plain(name) == plain(package):
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
    version = label.get("buggy_version") or label["version"]
    here = [one for one in findings(tool, folder, label["package"], version) if one["path"] == label["file"]]
    told = any(touches(one, label["line"] - 2, label["line_end"] + 2) for one in here)
    alike = (one for one in here if one["class"] == label["kind"] and one["function"] == label["function"] != "")
    near = told or any(alike)
    if "fixed_version" not in label:
        return told, near, False
    after = [one for one in findings(tool, folder, label["package"], label["fixed_version"])
             if one["path"] == label["file"] and one["class"] == label["kind"]]
    line, span = label["fixed_line"], label["fixed_span"]
    if line != "gone":
        span = (line - 1, line + 1)
    return told, near, bool(span) and any(touches(one, *span) for one in after)


def said(name, rows):
    packages = collections.defaultdict(list)
    for label, answer in rows:
        packages[label["package"]].append(answer)
    mean = sum(sum(one) / len(one) for one in packages.values()) / len(packages)
    print(f"{name:6} {sum(answer for _, answer in rows)} of {len(rows)}, by package {mean:.3f}")


def read(name):
    return [json.loads(line) for line in (HERE / name).read_text().splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ungil"), parser.add_argument("folder")
    parser.add_argument("--draw", default="bugs", choices=["bugs", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth"])
    parser.add_argument("--missed", action="store_true")
    asked = parser.parse_args()
    rows = [(label, judge(label, asked.ungil, asked.folder)) for label in read(f"{asked.draw}.jsonl")]
    for at, name in enumerate(("told", "near", "false")):
        said(name, [(label, answers[at]) for label, answers in rows])
    alarms = []
    if (HERE / f"{asked.draw}-clean.jsonl").exists():
        for label in read(f"{asked.draw}-clean.jsonl"):
            here = findings(asked.ungil, asked.folder, label["package"], label["version"])
            alarms.append((label, any(
                one["path"] == label["file"] and one["class"] == label["looks_like"]
                and touches(one, label["line"] - 1, label["line_end"] + 1) for one in here)))
        said("alarm", alarms)
    if asked.missed:
        for label, answers in rows:
            if not answers[0]:
                print("near  " if answers[1] else "missed", label["id"], f"{label['file']}:{label['line']}", label["kind"])
            if answers[2]:
                print("false ", label["id"], f"{label['file']}:{label['fixed_line']}", label["kind"])
        for label, _ in (one for one in alarms if one[1]):
            print("alarm ", label["id"], f"{label['file']}:{label['line']}", label["looks_like"])


main()
