"""Runs a survey on Dask: `python survey.py LIST OUT [--scheduler ADDRESS] [-- WORKER OPTIONS]`.

Each task hands a batch of the list to one `ungil worker` and keeps its rows in a file named by what was asked, written
beside it and renamed: a task that is run twice, because its process died, writes the same bytes to the same place.
`ungil merge OUT/rows` makes one table of them. Nothing in ungil knows of Dask, and another engine needs as much.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from dask.distributed import Client, LocalCluster, as_completed


def look(lines, folder, ungil, options):
    """One task: rows of a batch, in a file named by the batch."""
    text = "".join(line + "\n" for line in lines)
    name = hashlib.sha256(json.dumps([text, options]).encode()).hexdigest()[:32]
    place = pathlib.Path(folder, f"{name}.jsonl")
    if place.exists():
        return name, 0
    done = subprocess.run([ungil, "worker", *options], input=text.encode(), stdout=subprocess.PIPE, check=True)
    rows = done.stdout.splitlines(keepends=True)
    if len(rows) != len(lines) or not all(row.endswith(b"}\n") for row in rows):
        raise RuntimeError(f"{len(rows)} rows for {len(lines)} lines")
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(done.stdout)
    os.replace(file.name, place)
    return name, len(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", help="a project a line, or an object with name and downloads a line")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--scheduler", help="address of a running scheduler; without it two processes are started here")
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--ungil", default="ungil")
    # What stands behind `--` is for `ungil worker`.
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    args, options = parser.parse_args(sys.argv[1:end]), sys.argv[end + 1 :]
    names = [line.strip() for line in open(args.list, encoding="utf-8")]
    lines = [name if name.startswith("{") else json.dumps({"name": name}) for name in names if name and name[0] != "#"]
    batches = [lines[at : at + args.batch] for at in range(0, len(lines), args.batch)]
    folder = args.out / "rows"
    folder.mkdir(parents=True, exist_ok=True)
    if args.scheduler:
        client = Client(args.scheduler)
    else:
        client = Client(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
    print("workers:", *sorted(str(pid) for pid in client.run(os.getpid).values()), file=sys.stderr, flush=True)
    tasks = [client.submit(look, batch, str(folder.resolve()), args.ungil, options, pure=False, retries=3) for batch in batches]
    for at, task in enumerate(as_completed(tasks), 1):
        task.result()
        print(f"{at} of {len(tasks)} batches", file=sys.stderr, flush=True)
    client.close()


if __name__ == "__main__":
    main()
