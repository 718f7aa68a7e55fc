#!/usr/bin/env python3
"""Runs the jobs of a GitHub workflow here, one after the other, with plain folders for its actions.

usage: .ci/workflow.py WORKFLOW UNGIL LIST FOLDER

Every `run` step is run as it stands, by `bash -e` as the service does, in a folder of its job; `LIST` is the checkout.
`pipx install ungil` is not run: UNGIL is first in the path. Artifacts and caches are folders in FOLDER, so a second call
with the same FOLDER is the next run of the workflow. An action that is not known here fails.
"""

import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys

import yaml

workflow, ungil, listed, folder = (pathlib.Path(arg).resolve() for arg in sys.argv[1:5])
GITHUB = {
    "github.server_url": "https://example.org",
    "github.repository": "owner/survey",
    "github.repository_owner": "owner",
    "github.event.repository.name": "survey",
    "github.run_id": "1",
    "github.run_attempt": "1",
}


def filled(value, known):
    if isinstance(value, dict):
        return {key: filled(one, known) for key, one in value.items()}
    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: str(known[found[1]]), value) if isinstance(value, str) else value


def copied(source, to):
    shutil.copytree(source, to, dirs_exist_ok=True)


def action(name, given, place):
    """What the service's own actions do, as far as a job can tell."""
    artifacts, caches = folder / "artifacts", folder / "caches"
    paths = given.get("path", "").split()
    # What a key begins with, which is what its restore-keys say.
    cache = caches / re.sub(r"(-1)+$", "", given.get("key", ""))
    match name:
        case "actions/checkout":
            shutil.copy(listed, place / "list.txt")
        case "actions/cache" | "actions/cache/restore":
            for path in (path for path in paths if (cache / path).is_dir()):
                copied(cache / path, place / path)
            return [(path, cache / path) for path in paths if name == "actions/cache"]
        case "actions/cache/save":
            return [(path, cache / path) for path in paths]
        case "actions/upload-artifact" | "actions/upload-pages-artifact":
            copied(place / paths[0], artifacts / given.get("name", "github-pages"))
        case "actions/download-artifact":
            assert given["merge-multiple"], "artifacts are laid over each other"
            for one in sorted(artifacts.glob(given["pattern"])):
                copied(one, place / paths[0])
        case "actions/deploy-pages":
            assert (artifacts / "github-pages" / "index.html").is_file(), "no site was handed over"
        case _:
            raise SystemExit(f"{name} is not known here")
    return []


def run(title, job, known):
    place = folder / "jobs" / title
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    path = f"{ungil.parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, **filled(job.get("env", {}), known), "PATH": path}
    after = []
    for step in job["steps"]:
        if "uses" in step:
            after += action(step["uses"].split("@")[0], filled(step.get("with", {}), known), place)
        elif step["run"] != "pipx install ungil":
            command = filled(step["run"], known)
            print(f"{title}: {command}", flush=True)
            subprocess.run(["bash", "-e", "-c", command], cwd=place, env=env, check=True)
    # A path that no step made is a warning to the service, as of a shard that none of so short a list belongs to.
    for path, to in (one for one in after if (place / one[0]).is_dir()):
        copied(place / path, to)


shutil.rmtree(folder / "artifacts", ignore_errors=True)
done = set()
jobs = yaml.safe_load(workflow.read_text())["jobs"]
for name, job in jobs.items():
    needs = job.get("needs", [])
    assert {needs} <= done if isinstance(needs, str) else set(needs) <= done, f"{name} stands before what it needs"
    matrix = job.get("strategy", {}).get("matrix", {})
    for values in itertools.product(*matrix.values()):
        known = {**GITHUB, **{f"matrix.{key}": value for key, value in zip(matrix, values)}}
        run("-".join([name, *map(str, values)]), job, known)
    done.add(name)
