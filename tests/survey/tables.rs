//! The tables of a run: what is published of them, what is in the files, and that equal rows are equal bytes.

use std::fs::File;
use std::path::Path;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde_json::Value;

use super::{LIST, Place, index, stderr};

const TABLES: [&str; 10] = [
    "projects",
    "releases",
    "verdicts",
    "artifacts",
    "modules",
    "findings",
    "gaps",
    "files",
    "firsts",
    "looks",
];

fn open(path: &Path) -> SerializedFileReader<File> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    SerializedFileReader::new(file).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rows(path: &Path) -> Vec<Value> {
    let reader = open(path);
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| object(&row.expect("a row"))).collect()
}

fn object(row: &Row) -> Value {
    row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(bool) => (*bool).into(),
        Field::Long(number) => (*number).into(),
        Field::Date(days) => (*days).into(),
        Field::Str(text) => text.as_str().into(),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        other => panic!("{other:?} is in no table"),
    }
}

/// A column as the schema spells it, by what the file says of itself.
fn told(column: &Type) -> Value {
    let info = column.get_basic_info();
    let kind = if column.is_group() {
        assert_eq!(info.logical_type_ref(), Some(&LogicalType::List));
        "list<string>"
    } else {
        match (column.get_physical_type(), info.logical_type_ref()) {
            (Physical::BYTE_ARRAY, Some(LogicalType::String)) => "string",
            (Physical::INT64, None) => "int64",
            (Physical::BOOLEAN, None) => "bool",
            (Physical::INT32, Some(LogicalType::Date)) => "date",
            other => panic!("{}: {other:?}", column.name()),
        }
    };
    let nullable = info.repetition() == Repetition::OPTIONAL;
    serde_json::json!({ "name": column.name(), "type": kind, "nullable": nullable })
}

#[test]
fn the_files_of_a_run_have_the_columns_that_are_published() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    place.survey(&["--out", "out", "--run", "one"]);
    let output = place.run(&["schema", "tables"]);
    let mut schema: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let version = schema["schema"].to_string();
    let tables = schema["tables"].as_array_mut().expect("tables");
    assert_eq!(
        tables.iter().map(|table| table["name"].as_str().expect("a name")).collect::<Vec<_>>(),
        TABLES
    );
    for table in tables {
        let name = table["name"].as_str().expect("a name").to_owned();
        let reader = open(&place.path().join(format!("out/run=one/shard=00001-of-00001/{name}.parquet")));
        let file = reader.metadata().file_metadata();
        let columns: Vec<Value> = file.schema().get_fields().iter().map(|column| told(column)).collect();
        for column in table["columns"].as_array_mut().expect("columns") {
            assert!(column["about"].as_str().is_some_and(|text| text.len() > 5), "{column}");
            column.as_object_mut().expect("an object").remove("about");
        }
        assert_eq!(Value::from(columns), table["columns"], "{name}");
        let facts = file.key_value_metadata().expect("facts");
        let fact = |key: &str| facts.iter().find(|one| one.key == key).and_then(|one| one.value.clone());
        assert_eq!(fact("ungil.tables"), Some(version.clone()));
        assert_eq!(fact("ungil.version").as_deref(), Some(env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn the_tables_say_what_the_rows_say() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    place.survey(&["--out", "out", "--run", "one"]);
    let folder = place.path().join("out/run=one/shard=00001-of-00001");
    let table = |name: &str| rows(&folder.join(format!("{name}.parquet")));
    let jsonl = place.merged(&["out"]);
    let lines: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).expect("a row")).collect();
    let projects = table("projects");
    let names = |rows: &[Value]| rows.iter().map(|row| row["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&projects), names(&lines), "every project once, sorted");
    for (project, line) in projects.iter().zip(&lines) {
        assert_eq!(project["downloads"], line["downloads"], "{project}");
        assert_eq!(project["verdict"], line["packages"][0]["verdict"], "{project}");
        assert_eq!(project["failure"], line["failures"][0]["reason"], "{project}");
        assert_eq!(project["needs"], line["needs"], "{project}");
    }
    let many = |of: &str| -> Vec<Value> {
        let packages = lines.iter().flat_map(|line| line["packages"].as_array().expect("packages"));
        packages.flat_map(|package| package[of].as_array().expect(of).clone()).collect()
    };
    let findings = many("findings");
    assert!(!findings.is_empty());
    for (row, finding) in table("findings").iter().zip(&findings) {
        for column in ["rule", "class", "severity", "path", "line", "end_column", "message", "fingerprint"] {
            assert_eq!(row[column], finding[column], "{column}");
        }
        assert_eq!(row["counts"], true);
    }
    assert_eq!(table("findings").len(), findings.len());
    assert_eq!(table("verdicts").len(), many("by_target").len());
    assert_eq!(table("gaps").len(), many("gaps").len());
    let modules = table("modules");
    assert_eq!(modules.len(), 2);
    let of = |name: &str| modules.iter().find(|row| row["name"] == name).expect("a module")["gil"].clone();
    assert_eq!([of("ready"), of("silent")], ["not-used", "undeclared"]);
    assert_eq!(table("firsts").iter().filter(|row| row["abi"] == "cp314t").count(), 2);
    assert!(table("files").iter().any(|row| row["kind"] == "sdist" && row["free_threaded"] == false));
}

/// However a run was cut, gone on with or merged: the bytes of its tables are those of its rows.
#[test]
fn equal_rows_are_equal_bytes_however_they_were_cut() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    place.survey(&["--out", "one", "--run", "r"]);
    for shard in ["3/3", "1/3", "2/3"] {
        place.survey(&["--out", "three", "--run", "r", "--shard", shard]);
    }
    for (from, to) in [("one", "a"), ("three", "b")] {
        let output = place.run(&["merge", from, "--tables", to]);
        assert!(output.status.success() && output.stdout.is_empty(), "{}", stderr(&output));
    }
    for name in TABLES {
        let bytes = |folder: &str| {
            let path = place.path().join(folder).join(format!("{name}.parquet"));
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        assert!(bytes("a").starts_with(b"PAR1"));
        assert!(bytes("a") == bytes("b"), "{name}: one shard and three");
        assert!(
            bytes("a") == bytes("one/run=r/shard=00001-of-00001"),
            "{name}: merged and as it was written"
        );
        let left = std::fs::read_dir(place.path().join("a")).expect("readable").count();
        assert_eq!(left, TABLES.len(), "nothing is left over");
    }
    // What is done is not looked at again, and its tables are written anew to the same bytes.
    let table = place.path().join("one/run=r/shard=00001-of-00001/findings.parquet");
    let whole = std::fs::read(&table).expect("written");
    std::fs::remove_file(&table).expect("removed");
    place.survey(&["--out", "one", "--run", "r", "--resume"]);
    assert!(std::fs::read(&table).expect("written again") == whole);
}

/// The page of the guide is what the program says.
#[test]
fn the_page_of_the_tables_is_written_from_their_definitions() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tables.md");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(&path, ungil::tables::page()).expect("written");
    }
    let page = std::fs::read_to_string(&path).expect("docs/tables.md");
    assert_eq!(page, ungil::tables::page(), "INSTA_UPDATE=always writes it anew");
}
