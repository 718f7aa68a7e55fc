"""Reads the rows of a survey as they lie: `python read.py OUT [TABLE.parquet]`, with DuckDB, pandas, or both installed.

With a second argument DuckDB writes all rows to that file, columns and nested lists as they are in `row.schema.json`.

Rows are JSON lines in folders that are named as Hive partitions, so `run` and `shard` are columns.
"""

import glob
import json
import sys

out = sys.argv[1]
pattern = f"{out}/run=*/shard=*/rows.jsonl"
assert glob.glob(pattern), f"no rows below {out}"

try:
    import duckdb

    rows = duckdb.read_json(
        pattern, format="newline_delimited", hive_partitioning=True, maximum_object_size=1 << 26, sample_size=-1
    )
    print(rows.query("rows", "SELECT run, packages[1].verdict AS verdict, count(*) AS projects FROM rows GROUP BY ALL ORDER BY ALL"))
    if len(sys.argv) > 2:
        rows.write_parquet(sys.argv[2], compression="zstd")
except ImportError:
    print("DuckDB is not installed")

try:
    import pandas

    rows = [json.loads(line) for path in glob.glob(pattern) for line in open(path, encoding="utf-8")]
    table = pandas.json_normalize(
        [{"name": row["name"], "verdict": package["verdict"], "score": package["score"]} for row in rows for package in row["packages"]]
    )
    print(table.groupby("verdict").agg(projects=("name", "count"), score=("score", "mean")))
except ImportError:
    print("pandas is not installed")
