//! What the readers of TOML locks share: entries with their lines, and files with their hashes.

use std::path::Path;

use toml::{Table, Value};

use super::super::{Hash, Problem};
use crate::model::{DistFile, Hashes, PackageName};

/// The file being read.
pub(super) struct File<'a> {
    /// How it is called.
    pub name: &'a str,
    /// Where relative paths start.
    pub folder: &'a str,
    /// Its text.
    pub text: &'a str,
}

impl File<'_> {
    /// The whole document.
    pub fn toml(&self) -> Result<Table, String> {
        self.text.parse::<Table>().map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(self.text, span.start));
            format!("{}:{line}: it is no valid TOML: {}", self.name, error.message())
        })
    }

    /// The tables of an array such as `[[package]]`, each with the place it stands at.
    pub fn entries<'t>(&self, document: &'t Table, key: &str) -> Vec<(String, &'t Table)> {
        let Some(Value::Array(entries)) = document.get(key) else { return Vec::new() };
        let header = format!("[[{key}]]");
        let headers = self.text.lines().enumerate().filter(|(_, line)| line.trim_end() == header);
        let lines: Vec<usize> = headers.map(|(at, _)| at.saturating_add(1)).collect();
        // Written in another way, or with such a line inside a text: better no line than a wrong one.
        let known = lines.len() == entries.len();
        let place = |at: usize| match lines.get(at).filter(|_| known) {
            Some(line) => format!("{}:{line}", self.name),
            None => self.name.to_owned(),
        };
        entries.iter().enumerate().filter_map(|(at, entry)| Some((place(at), entry.as_table()?))).collect()
    }

    /// A path of the lock, from the folder the lock lies in.
    pub fn path(&self, path: &str) -> String {
        Path::new(self.folder).join(path).to_string_lossy().into_owned()
    }

    /// A `file:` URL of a path of the lock.
    pub fn path_url(&self, path: &str) -> Option<String> {
        let path = std::path::absolute(self.path(path)).ok()?;
        url::Url::from_file_path(path).ok().map(String::from)
    }
}

fn line_at(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count().saturating_add(1))
}

/// Text under a key.
pub(super) fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// Owned text under a key.
pub(super) fn owned(table: &Table, key: &str) -> Option<String> {
    text(table, key).map(str::to_owned)
}

/// Texts of an array under a key; a single text counts as an array of one.
pub(super) fn texts(table: &Table, key: &str) -> Vec<String> {
    match table.get(key) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Tables of an array under a key.
pub(super) fn tables<'t>(table: &'t Table, key: &str) -> impl Iterator<Item = &'t Table> {
    let entries = table.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(Value::as_table)
}

/// The entry's name, normalised.
pub(super) fn name(table: &Table, place: &str) -> Result<PackageName, Problem> {
    let text = text(table, "name").ok_or_else(|| Problem::new(place, "a package without a name"))?;
    PackageName::new(text).map_err(|error| Problem::new(place, error.to_string()))
}

/// The hashes that can be trusted; weaker ones prove nothing and are left out.
pub(super) fn hashes<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<Hash> {
    let mut hashes: Vec<Hash> = texts.filter_map(|text| Hash::parse(text).ok()).collect();
    hashes.sort();
    hashes.dedup();
    hashes
}

/// The last part of a URL's path, as a file name.
pub(super) fn file_name(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let last = path.rsplit(['/', '\\']).next()?;
    let decoded = last.replace("%2B", "+").replace("%2b", "+");
    (!decoded.is_empty()).then_some(decoded)
}

/// A file that the lock knows all of.
pub(super) fn dist_file(
    filename: String,
    url: String,
    hashes: &[Hash],
    size: Option<i64>,
    upload_time: Option<String>,
) -> DistFile {
    let hashes: Hashes = hashes.iter().map(|hash| (hash.algorithm.clone(), hash.value.clone())).collect();
    DistFile {
        filename,
        url,
        hashes,
        requires_python: None,
        yanked: None,
        size: size.and_then(|size| u64::try_from(size).ok()),
        upload_time,
        core_metadata: None,
    }
}

/// A whole number under a key.
pub(super) fn number(table: &Table, key: &str) -> Option<i64> {
    table.get(key).and_then(Value::as_integer)
}

/// A time under a key, written as text or as TOML's own.
pub(super) fn time(table: &Table, key: &str) -> Option<String> {
    match table.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Datetime(time) => Some(time.to_string()),
        _ => None,
    }
}
