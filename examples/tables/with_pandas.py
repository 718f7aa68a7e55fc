"""Asks the tables of a survey with pandas and pyarrow: `python with_pandas.py OUT`.

OUT is the folder of `ungil survey --out`. A table is a dataset of the files of all runs and shards; `run` and `shard`
are columns, for the folders are named as Hive partitions. `ungil schema tables` says what each table has.
"""

import pathlib
import sys

import pandas
import pyarrow
import pyarrow.dataset

out = pathlib.Path(sys.argv[1])
folders = pyarrow.dataset.partitioning(
    pyarrow.schema([("run", pyarrow.string()), ("shard", pyarrow.string())]), flavor="hive"
)


def table(name, **how):
    """A table of all runs as a data frame; `how` may name columns and a filter, which are looked up in the files."""
    files = sorted(str(path) for path in out.glob(f"run=*/shard=*/{name}.parquet"))
    if not files:
        sys.exit(f"no {name}.parquet below {out}")
    dataset = pyarrow.dataset.dataset(files, partitioning=folders, partition_base_dir=str(out))
    return dataset.to_table(**how).to_pandas()


verdicts = table("verdicts", columns=["run", "python", "platform", "verdict", "score"])
print("Verdicts by run and target")
print(verdicts.groupby(["run", "python", "platform", "verdict"]).agg(releases=("score", "size"), mean_score=("score", "mean")))

print("\nThe most downloaded projects that turn the GIL on")
needs_gil = pyarrow.dataset.field("verdict") == "needs-gil"
worst = table("projects", columns=["run", "name", "version", "downloads", "score"], filter=needs_gil)
print(worst.sort_values(["run", "downloads", "name"], ascending=[True, False, True]).head(20).to_string(index=False))

print("\nProjects with a free-threaded wheel, by month")
projects = table("projects", columns=["run", "free_threaded_since"])
since = pandas.to_datetime(projects["free_threaded_since"])
months = projects.assign(month=since.dt.to_period("M")).dropna(subset=["month"])
print(months.groupby(["run", "month"]).size().groupby(level="run").cumsum())
