"""Holds the files of a survey to the published schema, as pyarrow reads them: `ungil schema tables | python same_schema.py OUT`."""

import json
import pathlib
import sys

import pyarrow
import pyarrow.parquet

out = pathlib.Path(sys.argv[1])
types = {
    "string": pyarrow.string(),
    "int64": pyarrow.int64(),
    "bool": pyarrow.bool_(),
    "date": pyarrow.date32(),
}
published = json.load(sys.stdin)
checked = 0
for table in published["tables"]:
    for path in sorted(out.glob(f"run=*/shard=*/{table['name']}.parquet")):
        file = pyarrow.parquet.ParquetFile(path)
        schema = file.schema_arrow
        assert schema.names == [column["name"] for column in table["columns"]], path
        for column in table["columns"]:
            field = schema.field(column["name"])
            if column["type"] == "list<string>":
                assert field.type.value_type == pyarrow.string() and not field.nullable, (path, field)
            else:
                assert field.type == types[column["type"]] and field.nullable == column["nullable"], (path, field)
        assert file.metadata.metadata[b"ungil.tables"] == str(published["schema"]).encode(), path
        file.read()
        checked += 1
assert checked >= len(published["tables"]), f"only {checked} files below {out}"
print(f"{checked} files have the published columns")
