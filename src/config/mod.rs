//! Reads `[tool.ungil]` of a `pyproject.toml`, and `ungil.toml`.
//!
//! Text goes in, values by option come out, as the command line would spell them: what an option takes is checked where
//! options are, so a file can say nothing that the command line cannot, but for the entries that accept findings. A key
//! that no option has is a warning with the nearest one there is, never an error: the file may be written for a newer
//! ungil. A value of the wrong shape is an error, since guessing what was meant could hide findings.

mod entries;

use std::collections::BTreeMap;

use toml::{Table, Value};

pub use entries::AcceptRow;

/// The table of `pyproject.toml` that is ours.
pub const TABLE: &str = "tool.ungil";

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing: it is there or not.
    Flag,
    /// How often it is given.
    Count,
    /// One value.
    One,
    /// Any number of values.
    Many,
    /// Values by pattern, spelled `pattern:value`.
    Map,
}

/// What a file configures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Configured {
    /// Values by option, for every command.
    pub values: BTreeMap<String, Vec<String>>,
    /// Values by command and option, which win over the former.
    pub by_command: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// What is accepted.
    pub accept: Vec<AcceptRow>,
    /// Keys that nothing knows, a sentence each.
    pub warnings: Vec<String>,
}

/// A file that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct ConfigError {
    /// The file as given.
    pub file: String,
    /// What is wrong, with the key.
    pub reason: String,
}

/// The options there are: their names and what they take, and the commands.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// By name, as on the command line without `--`.
    pub shapes: BTreeMap<String, Shape>,
    /// Names of commands.
    pub commands: Vec<String>,
}

/// Reads a file. `None` for a `pyproject.toml` without our table.
///
/// # Errors
/// If it is no TOML, or a value is not what the option takes.
pub fn parse(file: &str, text: &str, options: &Options) -> Result<Option<Configured>, ConfigError> {
    let bad = |reason: String| ConfigError { file: file.to_owned(), reason };
    let whole: Table = text.parse().map_err(|error: toml::de::Error| bad(error.to_string()))?;
    let (ours, prefix) = if is_pyproject(file) {
        match whole.get("tool").and_then(|tool| tool.get("ungil")) {
            None => return Ok(None),
            Some(Value::Table(ours)) => (ours, format!("{TABLE}.")),
            Some(_) => return Err(bad(format!("{TABLE} is no table"))),
        }
    } else {
        (&whole, String::new())
    };
    let mut out = Configured::default();
    for (key, value) in ours {
        let name = format!("{prefix}{key}");
        match value {
            _ if key == "accept" => out.accept = entries::rows(&name, value).map_err(bad)?,
            Value::Table(table) if options.commands.contains(key) => {
                let mut values = BTreeMap::new();
                for (inner, value) in table {
                    let place = format!("{name}.{inner}");
                    match options.shapes.get(inner) {
                        Some(shape) => {
                            values.insert(inner.clone(), texts(&place, value, *shape).map_err(bad)?);
                        }
                        None => out.warnings.push(unknown(file, &place, inner, options)),
                    }
                }
                out.by_command.insert(key.clone(), values);
            }
            _ => match options.shapes.get(key) {
                Some(shape) => {
                    out.values.insert(key.clone(), texts(&name, value, *shape).map_err(bad)?);
                }
                None => out.warnings.push(unknown(file, &name, key, options)),
            },
        }
    }
    Ok(Some(out))
}

/// Whether a file is one in which only a table is ours.
pub fn is_pyproject(file: &str) -> bool {
    file.rsplit(['/', '\\']).next() == Some("pyproject.toml")
}

fn unknown(file: &str, place: &str, key: &str, options: &Options) -> String {
    let words = options.shapes.keys().chain(&options.commands).map(String::as_str).chain(["accept"]);
    match nearest(key, words) {
        Some(near) => format!("{file}: there is no option `{place}`; did you mean `{near}`?"),
        None => format!("{file}: there is no option `{place}`; `ungil config` lists them"),
    }
}

/// The word most like another, if any is near.
pub fn nearest<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// Below this likeness a suggestion is a guess.
    const NEAR: f64 = 0.8;
    let even = |text: &str| text.to_ascii_lowercase().replace('_', "-");
    let wanted = even(text);
    words
        .map(|word| (strsim::jaro_winkler(&wanted, &even(word)), word))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// A value as the command line would spell it; empty for a flag that is off.
fn texts(place: &str, value: &Value, shape: Shape) -> Result<Vec<String>, String> {
    match (shape, value) {
        (Shape::Flag, Value::Boolean(on)) => Ok(if *on { vec!["true".to_owned()] } else { Vec::new() }),
        (Shape::Flag, _) => Err(format!("{place} is true or false")),
        (Shape::Count, Value::Integer(n)) if (0..=9).contains(n) => Ok(vec![n.to_string()]),
        (Shape::Count, _) => Err(format!("{place} is a small number")),
        (Shape::Many, Value::Array(values)) => values.iter().map(|value| scalar(place, value)).collect(),
        (Shape::Map, Value::Table(table)) => {
            let mut out = Vec::new();
            for (pattern, value) in table {
                let inner = format!("{place}.\"{pattern}\"");
                for text in texts(&inner, value, Shape::Many)? {
                    out.push(format!("{pattern}:{text}"));
                }
            }
            Ok(out)
        }
        (Shape::Map, _) => Err(format!("{place} is a table from patterns to lists of rules")),
        (Shape::One, Value::Array(_) | Value::Table(_)) => Err(format!("{place} takes one value")),
        (Shape::One | Shape::Many, value) => Ok(vec![scalar(place, value)?]),
    }
}

fn scalar(place: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Datetime(when) => Ok(when.to_string()),
        Value::Float(_) => Err(format!("{place} is a number, and should be text: write it in quotes")),
        _ => Err(format!("{place} should be text, or a list of texts")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        let shapes = [
            ("select", Shape::Many),
            ("min-confidence", Shape::One),
            ("no-sources", Shape::Flag),
            ("verbose", Shape::Count),
            ("per-file-ignores", Shape::Map),
        ];
        Options {
            shapes: shapes.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect(),
            commands: vec!["check".to_owned()],
        }
    }

    fn read(file: &str, text: &str) -> Result<Option<Configured>, ConfigError> {
        parse(file, text, &options())
    }

    #[test]
    fn values_are_spelled_as_on_the_command_line() {
        let text = "[tool.ungil]\nselect = [\"a\", \"b\"]\nmin-confidence = \"high\"\nno-sources = false\n\
                    verbose = 2\n[tool.ungil.check]\nselect = \"c\"\n\
                    [tool.ungil.per-file-ignores]\n\"tests/**\" = [\"all\"]\n\"x.c\" = \"a\"\n";
        let read = read("a/pyproject.toml", text).expect("sound").expect("ours");
        assert_eq!(read.values["select"], ["a", "b"]);
        assert_eq!(read.values["min-confidence"], ["high"]);
        assert!(read.values["no-sources"].is_empty());
        assert_eq!(read.values["per-file-ignores"], ["tests/**:all", "x.c:a"]);
        assert_eq!(read.by_command["check"]["select"], ["c"]);
        assert!(read.warnings.is_empty());
    }

    #[test]
    fn an_unknown_key_is_a_warning_with_the_nearest_one() {
        let read = read("ungil.toml", "min_confidance = \"high\"\nzzz = 1\n[check]\nselct = []\n")
            .expect("sound")
            .expect("ours");
        let warned = read.warnings.join("\n");
        assert!(warned.contains("`min_confidance`; did you mean `min-confidence`?"), "{warned}");
        assert!(warned.contains("`check.selct`; did you mean `select`?"), "{warned}");
        assert!(warned.contains("`zzz`; `ungil config` lists them"), "{warned}");
    }

    #[test]
    fn values_of_the_wrong_shape_are_refused_with_file_and_key() {
        for (text, says) in [
            ("select = 3.14", "quotes"),
            ("min-confidence = [\"high\"]", "one value"),
            ("no-sources = \"yes\"", "true or false"),
            ("verbose = 1000", "small number"),
            ("per-file-ignores = [\"a\"]", "table"),
            ("select = [[1]]", "text"),
            ("select = ", "ungil.toml"),
        ] {
            let error = read("ungil.toml", text).expect_err(text).to_string();
            assert!(error.contains(says) && error.starts_with("ungil.toml: "), "{text}: {error}");
        }
        assert!(read("pyproject.toml", "[tool]\nungil = 1").is_err());
        assert_eq!(read("pyproject.toml", "[tool.other]\nselect = 1"), Ok(None));
    }
}
