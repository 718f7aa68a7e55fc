//! The tables' schema as a document for programs, and as the page of the guide.

use std::fmt::Write as _;

use serde_json::json;

use super::{Kind, TABLES, VERSION};

/// The schema as JSON: name, type, whether it may be null, and meaning of every column of every table.
pub fn schema() -> String {
    let mut text = format!("{:#}", json!({ "schema": VERSION, "tables": TABLES }));
    text.push('\n');
    text
}

/// The schema as a page in Markdown.
pub fn page() -> String {
    let mut out = format!(
        "# Tables of a survey\n\n\
         Version {VERSION}. Columns may be added to a version, and nothing else may change. `ungil schema tables` prints \
         this page's\ncontents as JSON; the version is in every file's metadata as `ungil.tables`, beside `ungil.version` \
         and `ungil.rules`.\n\n\
         Each table is a file: `OUT/run=ID/shard=I-of-N/TABLE.parquet`. `run` and `shard` are columns for readers that \
         know Hive\npartitions, as DuckDB, pandas and Dask do. Rows are sorted by `name`; the same rows are the same \
         bytes.\n"
    );
    for table in &TABLES {
        let _ = write!(
            out,
            "\n## {}\n\n{}.\n\n| column | type | meaning |\n|---|---|---|\n",
            table.name, table.about
        );
        for column in table.columns {
            let kind = match column.kind {
                Kind::Text => "string",
                Kind::Int => "int64",
                Kind::Bool => "bool",
                Kind::Day => "date",
                Kind::Texts => "list of strings",
            };
            let null = if column.nullable { ", or null" } else { "" };
            let _ = writeln!(out, "| `{}` | {kind}{null} | {} |", column.name, column.about);
        }
    }
    out
}
