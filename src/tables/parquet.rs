//! Writes tables as Parquet files, row group by row group.
//!
//! What is held is one row group of each table, bounded by rows and by bytes, and all tables' together by bytes, however
//! many projects there are: most projects have few rows of most tables, and a bound of each table alone would be one of
//! ten times as much. Groups
//! end by what is in them and nothing else, and no file knows a time or a name of a machine: equal rows in equal order
//! are equal bytes. A column's values are kept as the format wants them: without the nulls, and with levels that say
//! where those and the beginnings of lists are.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::{Column, Kind, TABLES, Table, VERSION, Value};
use crate::report::Tool;
use crate::survey::Row;

/// Most rows of a group.
const GROUP_ROWS: usize = 1 << 16;
/// A group with so many bytes of values is full.
const GROUP_BYTES: usize = 8 << 20;
/// Where all groups together hold so many, the largest is full.
const ALL_BYTES: usize = 16 << 20;

/// Why tables could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the table {table} could not be written: {error}")]
pub struct TableError {
    /// Which.
    pub table: &'static str,
    /// What.
    pub error: ParquetError,
}

/// All tables, each going to a place of its own.
pub struct Writer<W: Write + Send> {
    files: Vec<File<W>>,
}

struct File<W: Write + Send> {
    table: &'static Table,
    writer: SerializedFileWriter<W>,
    columns: Vec<Values>,
    rows: usize,
    bytes: usize,
}

/// What is kept of a column until its group is written.
struct Values {
    column: &'static Column,
    definition: Vec<i16>,
    repetition: Vec<i16>,
    texts: Vec<u8>,
    ends: Vec<usize>,
    ints: Vec<i64>,
    days: Vec<i32>,
    bools: Vec<bool>,
}

impl<W: Write + Send> Writer<W> {
    /// Opens a file for each table; `open` is called with the names of the tables. `tool` is what made the rows.
    ///
    /// # Errors
    /// If one cannot be opened or written.
    pub fn new<E: From<TableError>>(
        tool: &Tool,
        open: &mut dyn FnMut(&'static str) -> Result<W, E>,
    ) -> Result<Self, E> {
        let mut files = Vec::new();
        for table in &TABLES {
            let sink = open(table.name)?;
            files.push(File::new(table, tool, sink).map_err(|error| failed(table, error))?);
        }
        Ok(Self { files })
    }

    /// Adds a project to all tables.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn add(&mut self, row: &Row) -> Result<(), TableError> {
        for file in &mut self.files {
            let mut trouble = Ok(());
            (file.table.rows)(row, &mut |values| {
                if trouble.is_ok() {
                    trouble = file.add(values);
                }
            });
            trouble.map_err(|error| failed(file.table, error))?;
        }
        while self.files.iter().map(|file| file.bytes).sum::<usize>() >= ALL_BYTES {
            let Some(largest) = self.files.iter_mut().max_by_key(|file| file.bytes) else { break };
            largest.flush().map_err(|error| failed(largest.table, error))?;
        }
        Ok(())
    }

    /// Writes what is left, and gives the places back, each with its table's name.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn finish(self) -> Result<Vec<(&'static str, W)>, TableError> {
        self.files
            .into_iter()
            .map(|mut file| {
                let table = file.table;
                let done = file.flush().and_then(|()| file.writer.into_inner());
                done.map(|sink| (table.name, sink)).map_err(|error| failed(table, error))
            })
            .collect()
    }
}

fn failed(table: &Table, error: ParquetError) -> TableError {
    TableError { table: table.name, error }
}

/// The table's schema in the format's own language.
fn message(table: &Table) -> String {
    let fields: String = table
        .columns
        .iter()
        .map(|column| {
            let (name, null) = (column.name, if column.nullable { "OPTIONAL" } else { "REQUIRED" });
            match column.kind {
                Kind::Text => format!("{null} BYTE_ARRAY {name} (STRING);"),
                Kind::Int => format!("{null} INT64 {name};"),
                Kind::Bool => format!("{null} BOOLEAN {name};"),
                Kind::Day => format!("{null} INT32 {name} (DATE);"),
                Kind::Texts => format!(
                    "REQUIRED GROUP {name} (LIST) {{ REPEATED GROUP list {{ REQUIRED BYTE_ARRAY element (STRING); }} }}"
                ),
            }
        })
        .collect();
    format!("message {} {{ {fields} }}", table.name)
}

impl<W: Write + Send> File<W> {
    fn new(table: &'static Table, tool: &Tool, sink: W) -> Result<Self, ParquetError> {
        let fact = |key: &str, value: &str| KeyValue::new(format!("ungil.{key}"), value.to_owned());
        let facts = vec![
            fact("tables", &VERSION.to_string()),
            fact("version", &tool.version),
            fact("rules", &tool.rules),
        ];
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_key_value_metadata(Some(facts))
            .build();
        let schema = Arc::new(parse_message_type(&message(table))?);
        let writer = SerializedFileWriter::new(sink, schema, Arc::new(properties))?;
        let columns = table.columns.iter().map(Values::of).collect();
        Ok(Self { table, writer, columns, rows: 0, bytes: 0 })
    }

    fn add(&mut self, values: &[Value<'_>]) -> Result<(), ParquetError> {
        for (column, value) in self.columns.iter_mut().zip(values) {
            self.bytes += column.add(value)?;
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.columns {
            let Some(mut column) = group.next_column()? else { break };
            values.write(column.untyped())?;
            column.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Values {
    fn of(column: &'static Column) -> Self {
        Self {
            column,
            definition: Vec::new(),
            repetition: Vec::new(),
            texts: Vec::new(),
            ends: Vec::new(),
            ints: Vec::new(),
            days: Vec::new(),
            bools: Vec::new(),
        }
    }

    /// Keeps a value; gives about how many bytes it takes.
    fn add(&mut self, value: &Value<'_>) -> Result<usize, ParquetError> {
        let name = self.column.name;
        let there = match value {
            Value::Text(text) => text.as_ref().map(|text| self.text(text)),
            Value::Int(number) => number.map(|number| self.ints.push(number)),
            Value::Bool(bool) => bool.map(|bool| self.bools.push(bool)),
            Value::Day(day) => day.map(|day| self.days.push(day)),
            Value::Texts(all) => {
                if all.is_empty() {
                    self.definition.push(0);
                    self.repetition.push(0);
                }
                for (at, text) in all.iter().enumerate() {
                    self.text(text);
                    self.definition.push(1);
                    self.repetition.push(i16::from(at > 0));
                }
                return Ok(all.iter().map(|text| text.len() + 16).sum::<usize>() + 4);
            }
        };
        match (there.is_some(), self.column.nullable) {
            (there, true) => self.definition.push(i16::from(there)),
            (true, false) => {}
            (false, false) => return Err(ParquetError::General(format!("{name} has no value"))),
        }
        Ok(match value {
            Value::Text(Some(text)) => text.len() + 16,
            _ => 8,
        })
    }

    fn text(&mut self, text: &str) {
        self.texts.extend_from_slice(text.as_bytes());
        self.ends.push(self.texts.len());
    }

    fn write(&mut self, to: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let list = self.column.kind == Kind::Texts;
        let definition = (list || self.column.nullable).then_some(self.definition.as_slice());
        let repetition = list.then_some(self.repetition.as_slice());
        match to {
            ColumnWriter::ByteArrayColumnWriter(to) => {
                let all = ByteArray::from(std::mem::take(&mut self.texts));
                let mut start = 0;
                let texts: Vec<ByteArray> = self
                    .ends
                    .drain(..)
                    .map(|end| {
                        let from = std::mem::replace(&mut start, end);
                        all.slice(from, end - from)
                    })
                    .collect();
                to.write_batch(&texts, definition, repetition)?;
            }
            ColumnWriter::Int64ColumnWriter(to) => {
                to.write_batch(&self.ints, definition, repetition)?;
            }
            ColumnWriter::Int32ColumnWriter(to) => {
                to.write_batch(&self.days, definition, repetition)?;
            }
            ColumnWriter::BoolColumnWriter(to) => {
                to.write_batch(&self.bools, definition, repetition)?;
            }
            _ => return Err(ParquetError::General(format!("{} has another type", self.column.name))),
        }
        self.ints.clear();
        self.days.clear();
        self.bools.clear();
        self.definition.clear();
        self.repetition.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use super::*;
    use crate::survey::Entry;

    fn tool() -> Tool {
        Tool { name: "ungil".into(), version: "0".into(), rules: "r".into() }
    }

    fn row(n: usize) -> Row {
        let entry = Entry {
            name: Err(format!("no name {n:06}")),
            downloads: n.is_multiple_of(2).then_some(n as u64),
        };
        let mut row = Row::failed(&entry, "it is no name", "", &tool(), &[]);
        row.needs = (0..n % 4).map(|at| format!("need {at}")).collect();
        row
    }

    fn written(rows: impl Iterator<Item = Row>) -> Vec<(&'static str, Vec<u8>)> {
        let mut writer = Writer::new::<TableError>(&tool(), &mut |_| Ok(Vec::new())).expect("opens");
        for row in rows {
            writer.add(&row).expect("written");
        }
        writer.finish().expect("finished")
    }

    /// Bounded by rows: so many that a table has several groups; and every value comes back.
    #[test]
    fn long_tables_are_cut_into_groups_and_lose_nothing() {
        let count = GROUP_ROWS + 5000;
        let mut files = written((0..count).map(row));
        assert_eq!(files.len(), TABLES.len());
        let (name, projects) = files.swap_remove(0);
        assert_eq!(name, "projects");
        let reader = SerializedFileReader::new(bytes::Bytes::from(projects)).expect("a Parquet file");
        assert!(reader.num_row_groups() >= 2);
        for (n, back) in reader.get_row_iter(None).expect("rows").enumerate() {
            let (back, row) = (back.expect("a row"), row(n));
            let told = |name: &str| {
                let column = back.get_column_iter().find(|(known, _)| *known == name);
                column.expect("a column").1.to_string()
            };
            let quoted = |text: &String| format!("{text:?}");
            assert_eq!(told("name"), quoted(&row.name));
            assert_eq!(told("downloads"), row.downloads.map_or("null".to_owned(), |count| count.to_string()));
            assert_eq!(
                told("needs"),
                format!("[{}]", row.needs.iter().map(quoted).collect::<Vec<_>>().join(", "))
            );
            assert_eq!((told("verdict").as_str(), told("files").as_str()), ("null", "0"));
        }
        let (_, findings) = files.into_iter().find(|(name, _)| *name == "findings").expect("a table");
        let reader = SerializedFileReader::new(bytes::Bytes::from(findings)).expect("a Parquet file");
        assert_eq!(
            reader.metadata().file_metadata().num_rows(),
            0,
            "an empty table has its columns all the same"
        );
    }

    /// Bounded by bytes: a few rows of much text are a group.
    #[test]
    fn groups_are_full_by_bytes_as_well() {
        let long = (0..4).map(|n| {
            let mut row = row(n);
            row.warnings = vec!["x".repeat(GROUP_BYTES / 2 + 1)];
            row
        });
        let (_, projects) = written(long).swap_remove(0);
        let reader = SerializedFileReader::new(bytes::Bytes::from(projects)).expect("a Parquet file");
        assert_eq!(reader.num_row_groups(), 2);
    }
}
