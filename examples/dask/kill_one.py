"""Kills one of two Dask workers in the middle of a survey, and holds the table against that of one process.

`python kill_one.py LIST FOLDER UNGIL [WORKER OPTIONS…]`, with an index given as to `ungil` itself.
"""

import os
import pathlib
import signal
import subprocess
import sys

listed, folder, ungil, *options = sys.argv[1:]
folder = pathlib.Path(folder)
folder.mkdir(parents=True, exist_ok=True)


def merged(place):
    return subprocess.run([ungil, "merge", place], stdout=subprocess.PIPE, check=True).stdout


def survey(out, shards):
    for shard in range(1, shards + 1):
        run = [ungil, "survey", listed, "--out", folder / out, "--run", "r", "--shard", f"{shard}/{shards}", *options]
        subprocess.run(run, check=False, stderr=subprocess.DEVNULL)
    return merged(folder / out)


dask = [sys.executable, pathlib.Path(__file__).with_name("survey.py"), listed, folder / "dask", "--batch", "5"]
run = subprocess.Popen([*dask, "--ungil", ungil, "--", *options], stderr=subprocess.PIPE, text=True)
killed = None
for line in run.stderr:
    if line.startswith("workers:"):
        pids = [int(word) for word in line.split()[1:]]
    if " batches" in line and killed is None:
        killed = pids[0]
        os.kill(killed, signal.SIGKILL)
assert run.wait() == 0 and killed, "the survey went on without the worker that was killed"
by_dask = merged(folder / "dask" / "rows")
whole, cut = survey("whole", 1), survey("cut", 3)
assert by_dask and by_dask == whole, "one process and Dask differ"
assert whole == cut, "one shard and three differ"
rows = len(whole.splitlines())
print(f"worker {killed} was killed; {rows} rows are the same bytes by Dask, by one process and by three shards")
