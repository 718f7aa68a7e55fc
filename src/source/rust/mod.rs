//! Rust: what extension modules written with PyO3 rely on the GIL for.
//!
//! The compiler proves most of Rust free of races, with or without the GIL; what is left stands in `unsafe` code: a
//! `static mut`, a `Sync` that the author asserts, calls of the C API with its borrowed references. A crate that does
//! not know of Python is none of our business, so [`file`] only collects and [`project`] decides, when it has seen
//! each crate's manifest.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Finding;
use crate::rules::{Language, RuleSet};
use crate::source::found::{self, Place};

/// Files beyond this are not read; longer ones are tables made by a generator.
pub const MAX_BYTES: usize = 4 << 20;

/// What one file shows.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// As the project's tree calls it.
    pub path: String,
    /// It is a manifest, `Cargo.toml`.
    pub manifest: bool,
    /// It names PyO3, or a crate that wraps it.
    pub python: bool,
    /// Places that are a hazard by themselves.
    sites: Vec<Site>,
    /// `static mut`, by name.
    statics: Vec<(String, Place)>,
    /// Writes by name, outside of what runs once.
    writes: Vec<(String, Place)>,
    /// Structures: name, whether sharing them between threads needs care.
    structs: Vec<(String, Shape)>,
    /// `unsafe impl Sync`: the type's name.
    asserted: Vec<(String, Place)>,
    /// The parser gave up.
    pub unread: bool,
}

/// What a structure holds that only one thread may touch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Shape {
    /// A cell or a count that is not atomic.
    interior: bool,
    /// A lock or an atomic beside it.
    guarded: bool,
}

/// A place that a rule may speak of.
#[derive(Debug, Clone)]
struct Site {
    case: &'static str,
    name: String,
    place: Place,
}

/// Whether a text names PyO3, its raw bindings, or a crate built on them.
fn knows_python(bytes: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"pyo3", b"rust-cpython", b"cpython"];
    names.iter().any(|name| memchr::memmem::find(bytes, name).is_some())
}

/// Reads one manifest.
pub fn manifest(path: &str, bytes: &[u8]) -> Facts {
    Facts { path: path.to_owned(), manifest: true, python: knows_python(bytes), ..Facts::default() }
}

/// Reads one source file; of one longer than [`MAX_BYTES`] nothing is kept.
pub fn file(path: &str, bytes: &[u8], rules: &RuleSet) -> Facts {
    let mut facts = Facts { path: path.to_owned(), python: knows_python(bytes), ..Facts::default() };
    if bytes.len() <= MAX_BYTES && read::worth_reading(bytes) {
        match rules.parse(Language::Rust, bytes) {
            Some(tree) => read::read(&tree, bytes, &mut facts),
            None => facts.unread = true,
        }
    }
    facts
}

/// All findings of a project's Rust files.
pub fn project(files: &[&Facts], rules: &RuleSet) -> Vec<Finding> {
    let crates: BTreeMap<&str, bool> =
        files.iter().filter(|file| file.manifest).map(|file| (folder(&file.path), file.python)).collect();
    let root_of = |path: &str| -> Option<(&str, bool)> {
        let mut at = folder(path);
        loop {
            if let Some((root, python)) = crates.get_key_value(at) {
                return Some((*root, *python));
            }
            if at.is_empty() {
                return None;
            }
            at = folder(at);
        }
    };
    let mut groups: BTreeMap<&str, Vec<&Facts>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.manifest) {
        match root_of(&file.path) {
            Some((root, true)) => groups.entry(root).or_default().push(file),
            Some((_, false)) => {}
            None if file.python => groups.entry("").or_default().push(file),
            None => {}
        }
    }
    let mut out = Vec::new();
    for files in groups.values() {
        one_crate(files, rules, &mut out);
    }
    out
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn one_crate(files: &[&Facts], rules: &RuleSet, out: &mut Vec<Finding>) {
    let mut say = |case: &str, name: &str, place: &Place| {
        let filling = [("name", name)];
        out.extend(
            rules.word("rust", case, Language::Rust, &filling).map(|words| found::finding(words, place)),
        );
    };
    let statics: BTreeSet<&str> =
        files.iter().flat_map(|file| &file.statics).map(|(name, _)| name.as_str()).collect();
    let written: BTreeSet<&str> =
        files.iter().flat_map(|file| &file.writes).map(|(name, _)| name.as_str()).collect();
    let structs: BTreeMap<&str, Shape> =
        files.iter().flat_map(|file| &file.structs).map(|(name, shape)| (name.as_str(), *shape)).collect();
    for file in files {
        for site in &file.sites {
            say(site.case, &site.name, &site.place);
        }
        for (name, place) in file.statics.iter().filter(|(name, _)| written.contains(name.as_str())) {
            say("static-mut", name, place);
        }
        for (name, place) in file.writes.iter().filter(|(name, _)| statics.contains(name.as_str())) {
            say("static-write", name, place);
        }
        for (name, place) in &file.asserted {
            let shape = structs.get(name.as_str()).copied().unwrap_or_default();
            let case = if shape.interior && !shape.guarded { "unsafe-sync-cell" } else { "unsafe-sync" };
            say(case, name, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<(String, u32)> {
        let rules = RuleSet::builtin();
        let facts: Vec<Facts> = files
            .iter()
            .map(|(path, text)| match path.ends_with(".toml") {
                true => manifest(path, text.as_bytes()),
                false => file(path, text.as_bytes(), rules),
            })
            .collect();
        let all: Vec<&Facts> = facts.iter().collect();
        let mut found: Vec<_> =
            project(&all, rules).into_iter().map(|one| (one.location.path, one.location.line)).collect();
        found.sort();
        found
    }

    const COUNTER: &str = "static mut N: u64 = 0;\npub fn bump() {\n    unsafe { N += 1 }\n}\n";

    #[test]
    fn only_crates_that_know_python_are_judged() {
        let with = "[package]\nname = \"a\"\n[dependencies]\npyo3 = \"0.27\"\n";
        let without = "[package]\nname = \"b\"\n";
        let files = [
            ("Cargo.toml", with),
            ("src/lib.rs", COUNTER),
            ("vendor/b/Cargo.toml", without),
            ("vendor/b/src/lib.rs", COUNTER),
        ];
        assert_eq!(found(&files), [("src/lib.rs".into(), 1), ("src/lib.rs".into(), 3)]);
        assert_eq!(found(&[("src/lib.rs", COUNTER)]), []);
    }

    #[test]
    fn a_static_is_followed_through_the_files_of_its_crate() {
        let files = [
            ("Cargo.toml", "pyo3 = 1"),
            ("src/a.rs", "pub static mut SEEN: u64 = 0;\n"),
            ("src/b.rs", "use crate::a::SEEN;\nfn f() {\n    unsafe { SEEN = 1; }\n}\n"),
        ];
        assert_eq!(found(&files), [("src/a.rs".into(), 1), ("src/b.rs".into(), 3)]);
        assert_eq!(found(&files[..2]), []);
    }

    #[test]
    fn hostile_files_are_read_in_bounded_time() {
        let inputs = [
            format!("use pyo3;static mut A: u8 = {}", "(".repeat(20_000)),
            format!("use pyo3;static mut A: u8 = 0; {}", "fn f() { mod a { ".repeat(5_000)),
            format!("use pyo3;static mut A: u8 = 0; fn f() {{ A = {} }}", "&mut *A.".repeat(10_000)),
            format!("use pyo3;unsafe impl {}", "Sync for A<".repeat(10_000)),
            format!("use pyo3;ffi::x; {}", "#[cfg(x)]\n".repeat(10_000)),
            "pyo3 ffi:: \u{0}é\u{fffd}".repeat(5_000),
        ];
        for input in inputs {
            found(&[("x.rs", &input)]);
        }
    }
}
