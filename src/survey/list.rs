//! The list of projects: plain lines, CSV or JSON, with numbers of downloads where it has them.
//!
//! What kind of list it is, its content tells. A line that is no project's name stays in the list as what it is, and
//! becomes a row that says so: a survey of thousands does not end at a slip of the pen.
//!
//! A list is read once, from front to back, and never as a whole text: what stays of an entry is its name and some 16
//! bytes, so that a list of a million projects takes about 40 MB and the longest that is read, of ten million, ten
//! times that. Names cannot be let go of, for a list may have a project twice, and each is looked at once.

use std::io::{self, BufRead, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::model::PackageName;

/// More names than the largest index has many times over.
const MAX_NAMES: usize = 10_000_000;
/// The longest line.
const MAX_LINE: u64 = 1 << 20;
/// What is kept of a line that is no name.
const SHOWN: usize = 120;
/// Marks what is no name among the names, none of which begins so.
const NO_NAME: char = '!';

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
    /// All names, one after the other.
    text: String,
    /// Where each ends in the text.
    ends: Vec<u32>,
    /// How often each was downloaded, and one more; 0 where the list does not tell.
    downloads: Vec<u64>,
    /// The places of those that count, in the order of the list.
    order: Vec<u32>,
    /// There were more than are read.
    full: bool,
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
    /// The disk, or whoever writes the other end.
    #[error("{0}")]
    Io(String),
}

impl From<io::Error> for InvalidList {
    fn from(error: io::Error) -> Self {
        Self::Io(error.to_string())
    }
}

impl List {
    /// Reads a list.
    ///
    /// # Errors
    /// If it cannot be read, or nothing in it can be taken for a list.
    pub fn read(from: &mut dyn BufRead) -> Result<Self, InvalidList> {
        let mut list = Self::default();
        match beginning(from)? {
            Some(b'[') => list.document(from)?,
            Some(b'{') => list.objects(from)?,
            _ => list.lines(from)?,
        }
        if list.full {
            return Err(InvalidList::TooLong);
        }
        list.settle();
        if list.order.is_empty() { Err(InvalidList::Empty) } else { Ok(list) }
    }

    /// How many projects there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none, as of a list of which nothing was kept.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Keeps the entries whose name, or what stands there instead, `wanted` says yes to.
    pub fn retain(&mut self, wanted: &mut dyn FnMut(&str) -> bool) {
        let mut order = std::mem::take(&mut self.order);
        order.retain(|at| {
            let stands = self.stands(*at);
            wanted(stands.strip_prefix(NO_NAME).unwrap_or(stands))
        });
        self.order = order;
    }

    /// The entries, made one by one.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.order.iter().map(|at| {
            let stands = self.stands(*at);
            let name = match stands.strip_prefix(NO_NAME) {
                Some(text) => Err(text.to_owned()),
                None => PackageName::new(stands).map_err(|_| stands.to_owned()),
            };
            let downloads = self.downloads.get(*at as usize).and_then(|count| count.checked_sub(1));
            Entry { name, downloads }
        })
    }

    /// What stands at a place: a name, or the mark and a text that is none.
    fn stands(&self, at: u32) -> &str {
        let at = at as usize;
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(before);
        self.text.get(before as usize..end as usize).unwrap_or_default()
    }

    fn push(&mut self, entry: &Entry) {
        let place = u32::try_from(self.ends.len()).ok().filter(|_| self.ends.len() < MAX_NAMES);
        match &entry.name {
            Ok(name) => self.text.push_str(name.as_str()),
            Err(text) => {
                self.text.push(NO_NAME);
                self.text.push_str(text);
            }
        }
        // Ten million entries of 200 bytes fit; of longer ones there may be fewer.
        let (Some(place), Ok(end)) = (place, u32::try_from(self.text.len())) else {
            self.text.clear();
            self.full = true;
            return;
        };
        self.ends.push(end);
        self.downloads.push(entry.downloads.map_or(0, |count| count.saturating_add(1)));
        self.order.push(place);
    }

    /// Leaves each project once, at its first place, with its largest number.
    fn settle(&mut self) {
        let mut by_name = self.order.clone();
        by_name.sort_unstable_by(|a, b| self.stands(*a).cmp(self.stands(*b)).then(a.cmp(b)));
        let mut first: Option<u32> = None;
        let mut again = Vec::new();
        for at in by_name {
            match first.filter(|first| self.stands(*first) == self.stands(at)) {
                Some(first) => {
                    let more = self.downloads.get(at as usize).copied().unwrap_or(0);
                    if let Some(count) = self.downloads.get_mut(first as usize) {
                        *count = more.max(*count);
                    }
                    again.push(at);
                }
                None => first = Some(at),
            }
        }
        again.sort_unstable();
        self.order.retain(|at| again.binary_search(at).is_err());
    }

    /// JSON as one value.
    fn document(&mut self, from: &mut dyn Read) -> Result<(), InvalidList> {
        let mut json = serde_json::Deserializer::from_reader(from);
        let read =
            Json(self, Part::Document).deserialize(&mut json).and_then(|sound| json.end().map(|()| sound));
        match read {
            Ok(true) => Ok(()),
            Ok(false) => Err(InvalidList::NoRows),
            Err(error) => Err(InvalidList::Json(error.to_string())),
        }
    }

    /// JSON that begins with an object: the whole list, or one of many lines.
    fn objects(&mut self, from: &mut dyn BufRead) -> Result<(), InvalidList> {
        let mut first = Vec::new();
        from.take(MAX_LINE).read_until(b'\n', &mut first)?;
        let whole = serde_json::from_slice::<IgnoredAny>(&first).is_ok();
        if !whole || beginning(from)?.is_none() {
            return self.document(&mut first.as_slice().chain(from));
        }
        self.push(&line(&String::from_utf8_lossy(&first)));
        each_line(from, &mut |text| {
            if !text.trim().is_empty() {
                self.push(&line(text));
            }
            !self.full
        })
    }

    fn lines(&mut self, from: &mut dyn BufRead) -> Result<(), InvalidList> {
        let mut columns: Option<(usize, Option<usize>)> = None;
        each_line(from, &mut |text| {
            let text = uncommented(text);
            if text.is_empty() {
                return true;
            }
            let cells = cells(text);
            let (name_at, downloads_at) = match columns {
                Some(known) => known,
                None => {
                    let heading = heading(&cells);
                    let known = *columns.insert(heading.unwrap_or((0, Some(1))));
                    if heading.is_some() {
                        return true;
                    }
                    known
                }
            };
            let downloads = downloads_at.and_then(|at| cells.get(at)?.trim().parse().ok());
            self.push(&entry(cells.get(name_at).map_or("", String::as_str), downloads));
            !self.full
        })
    }
}

/// The first byte that is no white space, which is the next to be read; without a byte order mark.
fn beginning(from: &mut dyn BufRead) -> io::Result<Option<u8>> {
    // Byte by byte, for a pipe may cut the mark in two.
    let mut mark = b"\xef\xbb\xbf".iter().peekable();
    loop {
        let Some(first) = from.fill_buf()?.first().copied() else { return Ok(None) };
        if mark.next_if(|byte| **byte == first).is_none() && !first.is_ascii_whitespace() {
            return Ok(Some(first));
        }
        from.consume(1);
    }
}

/// Calls `take` with each line until it says no; what is beyond a line's bound is the next line, and no name.
fn each_line(from: &mut dyn BufRead, take: &mut dyn FnMut(&str) -> bool) -> Result<(), InvalidList> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if from.take(MAX_LINE).read_until(b'\n', &mut bytes)? == 0 || !take(&String::from_utf8_lossy(&bytes))
        {
            return Ok(());
        }
    }
}

/// Where a heading says that names and downloads stand, if these cells are one. A list may well hold a project called
/// `name`; a heading has another column.
fn heading(cells: &[String]) -> Option<(usize, Option<usize>)> {
    let column = |names: &[&str]| {
        cells.iter().position(|cell| names.contains(&cell.trim().to_ascii_lowercase().as_str()))
    };
    column(&NAMES).filter(|_| cells.len() > 1).map(|name_at| (name_at, column(&DOWNLOADS)))
}

/// What a value of JSON may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The whole: an array of entries, an object that has one, or an object that is an entry.
    Document,
    /// A field that may be the array of entries.
    Field,
}

/// Reads a value into the list entry by entry, and says whether it was what it may be.
struct Json<'l>(&'l mut List, Part);

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of projects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<bool, A::Error> {
        while let Some(row) = rows.next_element::<Value>()? {
            if !self.0.full {
                self.0.push(&of_value(&row).unwrap_or_else(|| entry_of_no_name(&row.to_string())));
            }
        }
        Ok(true)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<bool, A::Error> {
        let (mut found, mut own) = (false, Map::new());
        while let Some(key) = fields.next_key::<String>()? {
            let document = self.1 == Part::Document;
            match key.as_str() {
                rows if document && !found && ROWS.contains(&rows) => {
                    found = fields.next_value_seed(Json(&mut *self.0, Part::Field))?;
                }
                field if document && (NAMES.contains(&field) || DOWNLOADS.contains(&field)) => {
                    own.insert(key, fields.next_value()?);
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        if !found && let Some(one) = of_value(&Value::Object(own)) {
            self.0.push(&one);
            found = true;
        }
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }
    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }
    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }
    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }
    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }
    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
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
        let list = List::read(&mut text.as_bytes()).expect(text);
        let shown = |one: Entry| match one.name {
            Ok(name) => (name.to_string(), one.downloads),
            Err(text) => (format!("!{text}"), one.downloads),
        };
        list.entries().map(shown).collect()
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
        let refused = |text: &str| List::read(&mut text.as_bytes()).expect_err(text);
        assert_eq!(refused(" \n# nothing\n"), InvalidList::Empty);
        assert_eq!(refused("{\"a\": 1}"), InvalidList::NoRows);
        assert_eq!(refused("{\"rows\": {\"a\": [\"b\"]}}"), InvalidList::NoRows);
        for bad in ["[\"a\",", "[\"a\"] b", "{\"rows\": [\"a\"]} {}", "{\n\"name\": "] {
            assert!(matches!(refused(bad), InvalidList::Json(_)), "{bad}");
        }
    }

    /// Read in pieces of any size, as from a pipe, a list is the same.
    #[test]
    fn a_list_that_comes_in_pieces_is_the_same_list() {
        let texts = [
            "\u{feff} \n[\"a\", {\"name\": \"b\", \"count\": 3}]",
            "name,downloads\na,1\nB,2\n",
            "{\"name\": \"a\"}\n\nno\n",
        ];
        for text in texts {
            let whole = List::read(&mut text.as_bytes()).expect(text);
            for size in 1..9 {
                let mut pieces = io::BufReader::with_capacity(size, text.as_bytes());
                assert_eq!(List::read(&mut pieces).expect(text), whole, "{size}: {text}");
            }
        }
    }

    #[test]
    fn what_is_not_wanted_is_let_go_of_and_the_rest_keeps_its_order() {
        let mut list = List::read(&mut "c,1\na\n!!\nb,2\nC,9\n".as_bytes()).expect("a list");
        let mut asked = Vec::new();
        list.retain(&mut |name| {
            asked.push(name.to_owned());
            name != "a"
        });
        assert_eq!(asked, ["c", "a", "!!", "b"]);
        let left: Vec<_> = list.entries().map(|one| (one.name.is_ok(), one.downloads)).collect();
        assert_eq!((list.len(), left), (3, vec![(true, Some(9)), (false, None), (true, Some(2))]));
    }
}
