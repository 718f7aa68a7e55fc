//! The rows of a survey as tables of plain columns, for whoever asks questions of many of them.
//!
//! In: a [`Row`]. Out: the rows of each table, value by value. What a table has is said once, in `definitions`: the
//! same lines are the schema that is published, its page, the columns of the Parquet files and what is written into
//! them, so none of them can say something else. Nothing here knows a run or a shard; those are folders.

mod definitions;
mod page;
#[cfg(feature = "store")]
mod parquet;

use std::borrow::Cow;

use serde::Serialize;

use crate::survey::Row;

pub use definitions::TABLES;
pub use page::{page, schema};
#[cfg(feature = "store")]
pub use parquet::{TableError, Writer};

/// Version of the tables: columns may be added to a version, and nothing else may change.
pub const VERSION: u32 = 1;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// UTF-8.
    #[serde(rename = "string")]
    Text,
    /// A number from 0.
    #[serde(rename = "int64")]
    Int,
    /// True or false.
    #[serde(rename = "bool")]
    Bool,
    /// A day in UTC.
    #[serde(rename = "date")]
    Day,
    /// Texts, in an order that tells something or is that of the alphabet; may be empty, is never null.
    #[serde(rename = "list<string>")]
    Texts,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether a row may lack it.
    pub nullable: bool,
    /// What it means, as a sentence without a full stop.
    pub about: &'static str,
}

/// A table.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Table {
    /// Its name, which is that of its files as well: `findings.parquet`.
    pub name: &'static str,
    /// What a row of it is, as a sentence without a full stop.
    pub about: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// Calls what it is given with the values of each of its rows that a project comes to, in the order of the columns.
    #[serde(skip)]
    pub rows: fn(&Row, Put<'_>),
}

/// Takes the values of a row.
pub type Put<'p> = &'p mut dyn FnMut(&[Value<'_>]);

/// A value, of the kind that its column has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the kinds have them
pub enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    Int(Option<i64>),
    Bool(Option<bool>),
    /// Days since 1970-01-01.
    Day(Option<i32>),
    Texts(Vec<&'a str>),
}

/// How the values of a row become [`Value`]s.
mod of {
    use std::borrow::Cow;

    use super::Value;

    /// What is, or may be, text.
    pub(super) trait Textual<'a> {
        fn cow(self) -> Option<Cow<'a, str>>;
    }

    impl<'a> Textual<'a> for &'a str {
        fn cow(self) -> Option<Cow<'a, str>> {
            Some(Cow::Borrowed(self))
        }
    }

    impl<'a> Textual<'a> for &'a String {
        fn cow(self) -> Option<Cow<'a, str>> {
            Some(Cow::Borrowed(self))
        }
    }

    impl<'a> Textual<'a> for String {
        fn cow(self) -> Option<Cow<'a, str>> {
            Some(Cow::Owned(self))
        }
    }

    impl<'a, T: Textual<'a>> Textual<'a> for Option<T> {
        fn cow(self) -> Option<Cow<'a, str>> {
            self.and_then(Textual::cow)
        }
    }

    #[allow(non_snake_case)]
    pub(super) fn Text<'a>(value: impl Textual<'a>) -> Value<'a> {
        Value::Text(value.cow())
    }

    /// A number; what no signed number of 64 bits holds is the largest.
    #[allow(non_snake_case)]
    pub(super) fn Int<'a>(value: impl Into<Option<u64>>) -> Value<'a> {
        Value::Int(value.into().map(|value| i64::try_from(value).unwrap_or(i64::MAX)))
    }

    #[allow(non_snake_case)]
    pub(super) fn Bool<'a>(value: impl Into<Option<bool>>) -> Value<'a> {
        Value::Bool(value.into())
    }

    /// A day as rows spell it; one that cannot be read is none.
    #[allow(non_snake_case)]
    pub(super) fn Day<'a>(value: Option<&str>) -> Value<'a> {
        let epoch = jiff::civil::date(1970, 1, 1);
        let days = value.and_then(|text| {
            let day: jiff::civil::Date = text.parse().ok()?;
            day.since(epoch).ok().map(|span| span.get_days())
        });
        Value::Day(days)
    }

    #[allow(non_snake_case)]
    pub(super) fn Texts<'a>(value: impl IntoIterator<Item = &'a String>) -> Value<'a> {
        Value::Texts(value.into_iter().map(String::as_str).collect())
    }
}

/// An enumeration's word, as the JSON documents spell it.
fn word<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}
