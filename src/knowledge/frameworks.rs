//! Binding generators, from `rules/facts/frameworks.toml`: by which marks a binary shows its generator,
//! and what the generator does about the GIL by itself.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;

use super::{read, table};
use crate::model::{GilSupport, Init};

/// One way to recognise one generator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FrameworkFacts {
    /// The name reports use.
    pub id: String,
    /// Texts that all stand in the file.
    #[serde(default)]
    pub strings: Vec<String>,
    /// Imported symbols, one of which is enough; `*` at the end for any rest.
    #[serde(default)]
    pub imports: Vec<String>,
    /// Imported symbols none of which may be there.
    #[serde(default)]
    pub unless_imports: Vec<String>,
    /// Exported symbols, one of which is enough.
    #[serde(default)]
    pub exports: Vec<String>,
    /// Linked libraries, one of which is enough.
    #[serde(default)]
    pub libraries: Vec<String>,
    /// The end of the module's file name before the first dot.
    #[serde(default)]
    pub stem: Option<String>,
    /// Where the file tells a version.
    #[serde(default)]
    pub version: Option<VersionMark>,
    /// What the generator declares when the author writes nothing.
    #[serde(default)]
    pub default: Option<DefaultDeclaration>,
    /// Whether "uses the GIL" is what it writes when the author is silent.
    #[serde(default)]
    pub silent_used: bool,
    /// Whether it declares in free-threaded builds alone.
    #[serde(default)]
    pub free_threaded_only: bool,
    /// Nothing generates the module: its slots are the author's own.
    #[serde(default)]
    pub by_hand: bool,
    /// The package that makes the module, and its declaration, at run time.
    #[serde(default)]
    pub made_by_import: Option<MadeByImport>,
    /// Where this was read or measured.
    pub source: String,
}

/// Texts that the generator's version follows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionMark {
    /// The texts, one of which will be there.
    pub after: Vec<String>,
    /// The generator's version by the number found, where that number is of something else.
    #[serde(default)]
    pub means: BTreeMap<String, String>,
}

/// Another package that a module leaves its making to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeByImport {
    /// Its project name.
    pub package: String,
    /// How it makes modules.
    pub init: Init,
}

/// A declaration by default.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultDeclaration {
    /// What is declared.
    pub declares: GilSupport,
    /// First version of the generator that does.
    pub since: String,
}

/// All generators, in the order they are asked.
#[derive(Debug)]
pub struct Frameworks {
    rows: Vec<FrameworkFacts>,
    texts: Vec<String>,
    finder: AhoCorasick,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    framework: Vec<FrameworkFacts>,
}

static BUILTIN: LazyLock<Frameworks> = LazyLock::new(|| {
    Frameworks::parse(table!("frameworks")).expect("the facts this program carries are parsed by a test")
});

impl Frameworks {
    /// The facts this program carries.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads facts and prepares the search for all texts at once.
    ///
    /// # Errors
    /// Says which row is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rows = read::<File>(text)?.framework;
        let mut texts: Vec<String> = Vec::new();
        for row in &rows {
            let version = row.version.iter().flat_map(|v| &v.after);
            for text in row.strings.iter().chain(version) {
                if text.len() < 4 {
                    return Err(format!("{}: `{text}` is too short to tell anything", row.id));
                }
                if !texts.contains(text) {
                    texts.push(text.clone());
                }
            }
        }
        match rows.last() {
            Some(last) if last.is_unconditional() => {}
            _ => return Err("the last row has to match any file".to_owned()),
        }
        if let Some(row) = rows.iter().rev().skip(1).find(|row| row.is_unconditional()) {
            return Err(format!("{}: nothing after this row would be asked", row.id));
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&texts)
            .map_err(|e| e.to_string())?;
        Ok(Self { rows, texts, finder })
    }

    /// The rows in the order they are asked.
    pub fn rows(&self) -> &[FrameworkFacts] {
        &self.rows
    }

    /// The first row of a generator.
    pub fn get(&self, id: &str) -> Option<&FrameworkFacts> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// The texts that any row asks for. Their positions are the pattern ids of [`Frameworks::finder`].
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Finds all texts in one pass.
    pub fn finder(&self) -> &AhoCorasick {
        &self.finder
    }
}

impl FrameworkFacts {
    /// Whether it names no mark at all and so fits any file.
    pub fn is_unconditional(&self) -> bool {
        [&self.strings, &self.imports, &self.exports, &self.libraries].iter().all(|v| v.is_empty())
            && self.stem.is_none()
    }

    /// Whether this version of the generator declares `gil` when its author writes nothing. An unknown
    /// version is taken for one that does not, unless all do.
    pub fn is_default(&self, version: Option<&str>, gil: GilSupport) -> bool {
        let Some(default) = &self.default else { return false };
        let old_enough = match version {
            _ if default.since == "0" => true,
            Some(version) => compare_versions(version, &default.since) != Ordering::Less,
            None => false,
        };
        old_enough && default.declares == gil
    }
}

/// Compares dotted numbers, missing parts counting as 0.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Vec<u64> {
        let mut parts: Vec<u64> = text.split(['.', '_']).map(|part| part.parse().unwrap_or(0)).collect();
        while parts.last() == Some(&0) {
            parts.pop();
        }
        parts
    };
    parts(a).cmp(&parts(b))
}

/// Whether a name is the one a row gives, or begins with it where the row ends in `*`.
pub fn name_matches(row: &str, name: &str) -> bool {
    match row.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => name == row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_this_program_carries_hold_together() {
        let facts = Frameworks::builtin();
        assert!(facts.get("cython").is_some_and(|row| row.silent_used && row.free_threaded_only));
        assert!(facts.texts().len() < 64, "the search is fast only for few texts");
    }

    #[test]
    fn pyo3_declares_by_itself_from_0_28_on() {
        let pyo3 = Frameworks::builtin().get("pyo3").expect("a row");
        assert!(pyo3.is_default(Some("0.28.0"), GilSupport::NotUsed));
        assert!(pyo3.is_default(Some("0.30.1"), GilSupport::NotUsed));
        assert!(!pyo3.is_default(Some("0.27.9"), GilSupport::NotUsed));
        assert!(!pyo3.is_default(Some("0.30.1"), GilSupport::Used), "whoever opts out wrote so");
        assert!(!pyo3.is_default(None, GilSupport::NotUsed), "an unknown version proves no default");
    }

    #[test]
    fn a_row_that_hides_those_behind_it_is_refused() {
        let text =
            "version = 1\n[[framework]]\nid = \"c\"\nsource = \"\"\n[[framework]]\nid = \"d\"\nsource = \"\"";
        assert!(Frameworks::parse(text).is_err());
    }
}
