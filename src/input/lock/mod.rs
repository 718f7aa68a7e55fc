//! Lock files: what some tool has already decided, taken as it is.
//!
//! In: the text of a `pylock.toml`, `uv.lock`, `poetry.lock`, `pdm.lock` or `Pipfile.lock`. Out: a [`Lock`] of one
//! shape, for no target yet, because whether a marker holds is decided elsewhere. A format is recognised by what is
//! in the file and not by its name: people rename locks. Files that a lock names with their addresses need no index
//! page later; of others the hashes pick the files from the index's. An entry that is not understood is a problem
//! of that entry, with its line, and the others are read.

mod pdm;
mod pipfile;
mod poetry;
mod pylock;
mod table;
mod uv;

use super::{Hash, Problem, Source};
use crate::model::PackageName;

/// Most packages of one lock.
const MAX_PACKAGES: usize = 50_000;

/// Which tool's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// `pylock.toml` (PEP 751).
    Pylock,
    /// `uv.lock`.
    Uv,
    /// `poetry.lock`.
    Poetry,
    /// `pdm.lock`.
    Pdm,
    /// `Pipfile.lock`.
    Pipfile,
}

/// A lock file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Which format it is.
    pub kind: LockKind,
    /// How the file is called in messages.
    pub name: String,
    /// The Pythons it was made for, as written.
    pub requires_python: Option<String>,
    /// Groups that its tool installs unless told otherwise and that the lock itself names.
    pub default_groups: Vec<String>,
    /// Which packages an extra of the locked project adds, where the lock has a table of that.
    pub extras: Vec<(String, Vec<PackageName>)>,
    /// Its entries, in their order.
    pub packages: Vec<Locked>,
}

/// One entry of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// The project.
    pub name: PackageName,
    /// Its version; none for sources without one.
    pub version: Option<String>,
    /// The project's extras that are asked for.
    pub extras: Vec<String>,
    /// Where it applies; PEP 751's `extras` and `dependency_groups` may stand in it.
    pub marker: Option<String>,
    /// Groups that need it. Empty: the lock does not tell, or has no groups.
    pub groups: Vec<String>,
    /// Only extras of the locked project need it.
    pub optional: bool,
    /// The locked project itself, or a member of its workspace: its needs are the requirements.
    pub root: bool,
    /// Where it comes from.
    pub source: Source,
    /// Hashes one of which the file must have.
    pub hashes: Vec<Hash>,
    /// What it depends on, as far as the lock tells.
    pub needs: Vec<Need>,
    /// `uv.lock:12`.
    pub origin: String,
}

/// A dependency between entries of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The project depended on.
    pub name: PackageName,
    /// Its version, where the lock has several.
    pub version: Option<String>,
    /// Its extras that are asked for.
    pub extras: Vec<String>,
    /// Where the dependency applies.
    pub marker: Option<String>,
    /// What must be asked of the depending project for it to apply.
    pub when: When,
}

/// What brings a dependency in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// The project alone.
    Always,
    /// An extra of it.
    Extra(String),
    /// A dependency group of it.
    Group(String),
}

/// A lock and the entries of it that were not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What was understood.
    pub lock: Lock,
    /// What was not.
    pub problems: Vec<Problem>,
}

/// The format of a text, by its content; none if it is no lock file.
pub fn recognise(text: &str) -> Option<LockKind> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('{') {
        let document: serde_json::Value = serde_json::from_str(start).ok()?;
        let kind = document.get("_meta").and_then(|meta| meta.get("pipfile-spec"));
        return kind.map(|_| LockKind::Pipfile);
    }
    // A requirements file is never TOML with tables; this spares parsing most of them.
    if !["[[package", "[metadata", "lock-version"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let document: toml::Table = start.parse().ok()?;
    if document.get("lock-version").is_some_and(toml::Value::is_str) {
        return Some(LockKind::Pylock);
    }
    let metadata = |key: &str| document.get("metadata").is_some_and(|metadata| metadata.get(key).is_some());
    if metadata("lock_version") {
        return Some(LockKind::Pdm);
    }
    if metadata("content-hash") || metadata("lock-version") {
        return Some(LockKind::Poetry);
    }
    let version = document.get("version").is_some_and(toml::Value::is_integer);
    // Cargo's lock has a version and packages as well, but asks for no Python.
    (version && document.contains_key("requires-python")).then_some(LockKind::Uv)
}

/// Reads a lock file. `folder` is where relative paths in it start.
///
/// # Errors
/// If it is not of that format at all; the text says what is wrong and what to do.
pub fn read(kind: LockKind, text: &str, name: &str, folder: &str) -> Result<Read, String> {
    let text = text.trim_start_matches('\u{feff}');
    let file = table::File { name, folder, text };
    let read = match kind {
        LockKind::Pylock => pylock::read(&file),
        LockKind::Uv => uv::read(&file),
        LockKind::Poetry => poetry::read(&file),
        LockKind::Pdm => pdm::read(&file),
        LockKind::Pipfile => pipfile::read(&file),
    }?;
    if read.lock.packages.len() > MAX_PACKAGES {
        return Err(format!("{name} has more than {MAX_PACKAGES} packages, so it is not read"));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_content() {
        for (text, kind) in [
            ("lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname='a'\n", Some(LockKind::Pylock)),
            ("version = 1\nrequires-python = '>=3'\n[[package]]\nname='a'\n", Some(LockKind::Uv)),
            (
                "[[package]]\nname='a'\n[metadata]\ncontent-hash='x'\nlock-version='2.1'",
                Some(LockKind::Poetry),
            ),
            ("[metadata]\nlock_version='4.5.0'\n[[package]]\nname='a'\n", Some(LockKind::Pdm)),
            ("{\"_meta\": {\"pipfile-spec\": 6}, \"default\": {}}", Some(LockKind::Pipfile)),
            ("version = 4\n[[package]]\nname = 'serde'\n", None),
            ("numpy>=2\n# [[package]]\n", None),
            ("{\"a\": 1}", None),
            ("", None),
        ] {
            assert_eq!(recognise(text), kind, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn locks_never_panic(text in "(\\[\\[packages?\\]\\]|name|version|=|'a'|\"1\"|\\{|\\}|\\[|\\]|\n|lock-version|metadata|,| ){0,30}") {
            let _ = recognise(&text);
            for kind in [LockKind::Pylock, LockKind::Uv, LockKind::Poetry, LockKind::Pdm, LockKind::Pipfile] {
                let _ = read(kind, &text, "x", "");
            }
        }
    }
}
