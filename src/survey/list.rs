//! The list of projects: plain lines, CSV or JSON, with numbers of downloads where it has them.
//!
//! What kind of list it is, its content tells. A line that is no project's name stays in the list as what it is, and
//! becomes a row that says so: a survey of thousands does not end at a slip of the pen.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::PackageName;

/// More names than the largest index has many times over.
const MAX_NAMES: usize = 10_000_000;
/// What is kept of a line that is no name.
const SHOWN: usize = 120;

/// What a column or field of names is called.
const NAMES: [&str; 4] = ["name", "project", "package", "distribution"];
/// What one of downloads is called.
const DOWNLOADS: [&str; 4] = ["downloads", "download_count", "num_downloads", "count"];
/// Where a JSON object keeps its rows.
const ROWS: [&str; 4] = ["rows", "packages", "projects", "items"];

/// One project of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name; or what stands there instead, cut short.
    pub name: Result<PackageName, String>,
    /// How often it was downloaded, if the list tells.
    pub downloads: Option<u64>,
}

/// Projects in the order of the list, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// Why a list cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidList {
    /// It begins like JSON and is none.
    #[error("it begins like JSON and is none: {0}")]
    Json(String),
    /// JSON without rows.
    #[error("it is JSON without a list of projects: an array, or an object with `rows`, is wanted")]
    NoRows,
    /// Nothing in it.
    #[error("it names no project")]
    Empty,
    /// Too long.
    #[error("it has more than {MAX_NAMES} lines")]
    TooLong,
}

impl List {
    /// Reads a list.
    ///
    /// # Errors
    /// If nothing in it can be taken for a list.
    pub fn parse(text: &str) -> Result<Self, InvalidList> {
        let text = text.trim_start_matches('\u{feff}');
        let entries = match text.trim_start().chars().next() {
            Some('[' | '{') => json(text)?,
            _ => lines(text),
        };
        if entries.len() > MAX_NAMES {
            return Err(InvalidList::TooLong);
        }
        let mut seen: BTreeMap<Result<PackageName, String>, usize> = BTreeMap::new();
        let mut list = Self::default();
        for entry in entries {
            match seen.get(&entry.name).and_then(|at| list.entries.get_mut(*at)) {
                Some(earlier) => earlier.downloads = earlier.downloads.max(entry.downloads),
                None => {
                    seen.insert(entry.name.clone(), list.entries.len());
                    list.entries.push(entry);
                }
            }
        }
        if list.entries.is_empty() { Err(InvalidList::Empty) } else { Ok(list) }
    }
}

fn entry(name: &str, downloads: Option<u64>) -> Entry {
    let name = name.trim();
    // Names longer than any index allows would not fit into the names of files.
    let read = PackageName::new(name).ok().filter(|read| read.as_str().len() <= 200);
    Entry { name: read.ok_or_else(|| name.chars().take(SHOWN).collect()), downloads }
}

/// One line of JSON: a name, or an object with one.
pub fn line(text: &str) -> Entry {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => of_value(&value).unwrap_or_else(|| entry_of_no_name(text)),
        Err(_) => entry_of_no_name(text),
    }
}

/// A line that is no name for sure, even if its first letters would be one.
fn entry_of_no_name(text: &str) -> Entry {
    Entry { name: Err(text.trim().chars().take(SHOWN).collect()), downloads: None }
}

fn of_value(value: &Value) -> Option<Entry> {
    match value {
        Value::String(name) => Some(entry(name, None)),
        Value::Object(fields) => {
            let name = NAMES.iter().find_map(|key| fields.get(*key)?.as_str())?;
            Some(entry(name, DOWNLOADS.iter().find_map(|key| fields.get(*key)?.as_u64())))
        }
        _ => None,
    }
}

fn json(text: &str) -> Result<Vec<Entry>, InvalidList> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        // JSON lines: several values, none of which is the list.
        Err(_) if text.trim_start().starts_with('{') && text.trim().lines().nth(1).is_some() => {
            return Ok(text.lines().filter(|text| !text.trim().is_empty()).map(line).collect());
        }
        Err(error) => return Err(InvalidList::Json(error.to_string())),
    };
    let rows = match &value {
        Value::Array(rows) => rows,
        Value::Object(fields) => match ROWS.iter().find_map(|key| fields.get(*key)?.as_array()) {
            Some(rows) => rows,
            None => return of_value(&value).map(|one| vec![one]).ok_or(InvalidList::NoRows),
        },
        _ => return Err(InvalidList::NoRows),
    };
    Ok(rows.iter().map(|row| of_value(row).unwrap_or_else(|| entry_of_no_name(&row.to_string()))).collect())
}

fn lines(text: &str) -> Vec<Entry> {
    let mut lines = text.lines().map(uncommented).filter(|line| !line.is_empty()).peekable();
    let first: Vec<String> = lines.peek().map(|line| cells(line)).unwrap_or_default();
    let column = |names: &[&str]| {
        first.iter().position(|cell| names.contains(&cell.trim().to_ascii_lowercase().as_str()))
    };
    let named = column(&NAMES);
    // A list may well hold a project called `name`; a heading has another column, or would be the only cell `name`.
    let heading = named.is_some() && first.len() > 1;
    let (name_at, downloads_at) = match heading {
        true => (named.unwrap_or(0), column(&DOWNLOADS)),
        false => (0, Some(1)),
    };
    lines
        .skip(usize::from(heading))
        .map(|line| {
            let cells = cells(line);
            let downloads = downloads_at.and_then(|at| cells.get(at)?.trim().parse().ok());
            entry(cells.get(name_at).map_or("", String::as_str), downloads)
        })
        .collect()
}

fn uncommented(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or(line).trim_end() }
}

/// The cells of a line of CSV; RFC 4180's quotes, without line breaks inside.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                if let Some(cell) = cells.last_mut() {
                    cell.push('"');
                }
            }
            '"' => quoted = !quoted,
            ',' | '\t' if !quoted => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<u64>)> {
        let list = List::parse(text).expect(text);
        let shown = |one: Entry| match one.name {
            Ok(name) => (name.to_string(), one.downloads),
            Err(text) => (format!("!{text}"), one.downloads),
        };
        list.entries.into_iter().map(shown).collect()
    }

    #[test]
    fn plain_lines_csv_and_json_say_the_same() {
        let same = [("numpy".to_owned(), Some(5)), ("zope-interface".to_owned(), None)];
        for text in [
            "numpy,5\nZope.Interface\n",
            "# a list\n\nnumpy\t5 # first\nzope_interface\n",
            "\"download_count\",\"project\"\n\"5\",\"numpy\"\n,Zope.Interface\n",
            "rank,name,downloads\r\n1,NumPy,5\r\n2,zope.interface,\r\n",
            r#"{"last_update": "x", "rows": [{"project": "numpy", "download_count": 5}, "zope.interface"]}"#,
            r#"[{"name": "numpy", "downloads": 5}, {"name": "zope-interface"}]"#,
            "{\"name\": \"numpy\", \"downloads\": 5}\n{\"name\": \"zope-interface\"}\n",
        ] {
            assert_eq!(read(text), same, "{text}");
        }
    }

    #[test]
    fn a_project_is_in_the_list_once_with_its_largest_number() {
        assert_eq!(read("a,1\nb\nA,7\n"), [("a".into(), Some(7)), ("b".into(), None)]);
    }

    #[test]
    fn what_is_no_name_stays_in_the_list_as_what_it_is() {
        assert_eq!(read("numpy\nnumpy>=2\n../../etc\n<script>\n").len(), 4);
        assert_eq!(read("numpy>=2")[0].0, "!numpy>=2");
        assert_eq!(read("[1, \"a\"]"), [("!1".into(), None), ("a".into(), None)]);
        assert_eq!(line("not json").name, Err("not json".into()));
        assert_eq!(read(&"a".repeat(5000))[0].0.len(), SHOWN + 1);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert_eq!(List::parse(" \n# nothing\n"), Err(InvalidList::Empty));
        assert_eq!(List::parse("{\"a\": 1}"), Err(InvalidList::NoRows));
        assert!(matches!(List::parse("[\"a\","), Err(InvalidList::Json(_))));
    }
}
