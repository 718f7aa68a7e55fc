"""Asks the tables of a survey with DuckDB: `python with_duckdb.py OUT`.

OUT is the folder of `ungil survey --out`; `run` and `shard` are columns, for the folders are named as Hive partitions.
`ungil schema tables` says what each table has. The same statements work in the DuckDB command line, and on an object
store after `INSTALL httpfs`.
"""

import sys

import duckdb

out = sys.argv[1]
for name in ("projects", "releases", "verdicts", "artifacts", "modules", "findings", "gaps", "files", "firsts", "looks"):
    duckdb.execute(
        f"CREATE VIEW {name} AS FROM read_parquet('{out}/run=*/shard=*/{name}.parquet', hive_partitioning = true, "
        "hive_types = {'run': VARCHAR, 'shard': VARCHAR})"
    )

QUESTIONS = {
    "Verdicts by run and target": """
        SELECT run, python, platform, verdict, count(*) AS releases FROM verdicts GROUP BY ALL ORDER BY ALL""",
    "Who declares: modules by generator": """
        SELECT run, coalesce(generator, 'unknown') AS generator, count(*) AS modules,
               count(*) FILTER (gil = 'not-used') AS declaring, count(*) FILTER (declared_by = 'generator-default') AS by_default
        FROM modules GROUP BY ALL ORDER BY run, modules DESC""",
    "Ships a free-threaded wheel and turns the GIL on all the same": """
        SELECT run, name, version, downloads FROM projects JOIN releases USING (run, shard, name, version)
        WHERE ships_free_threaded AND projects.verdict = 'needs-gil' ORDER BY run, downloads DESC NULLS LAST LIMIT 20""",
    "Rules by projects that they hit": """
        SELECT run, rule, severity, count(DISTINCT name) AS projects, count(*) AS findings
        FROM findings WHERE counts AND confidence <> 'low' GROUP BY ALL ORDER BY run, projects DESC, rule LIMIT 20""",
    "Blockers: not ready, by how many of the list need them": """
        WITH need AS (SELECT run, unnest(needs) AS name FROM projects),
             needed AS (SELECT run, name, count(*) AS needed_by FROM need GROUP BY ALL)
        SELECT run, name, verdict, needed_by FROM projects JOIN needed USING (run, name)
        WHERE verdict NOT IN ('ready', 'pure-python') ORDER BY run, needed_by DESC, name LIMIT 20""",
    "First free-threaded wheels by month": """
        SELECT run, date_trunc('month', free_threaded_since) AS month, count(*) AS projects
        FROM projects WHERE free_threaded_since IS NOT NULL GROUP BY ALL ORDER BY ALL""",
}

for question, statement in QUESTIONS.items():
    print(question)
    print(duckdb.sql(statement))
