//! Recognises files that a project's authors did not write: made by a generator, or copied from a library.
//!
//! In: a path and bytes. Out: the [`Origin`], with a version where the file tells one. What to look for is data,
//! `rules/facts/origins.toml`. A file's own words are asked first; only for folders whose name says that they hold
//! copies is the path enough, and not even there for a file that includes Python's headers, for a library that knows
//! of Python was adapted to this project. A false origin would silence findings, so "generated" alone names nobody.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem;
use serde::Deserialize;

use crate::knowledge::{read, table};
use crate::model::{Origin, PackageName};

/// How much of a file counts as its head.
const HEAD: usize = 4096;

/// How far into a file its includes are looked for.
const INCLUDES: usize = 64 << 10;

/// Whom a file belongs to, if not to the project's authors.
pub fn of(path: &str, bytes: &[u8]) -> Option<Origin> {
    within(path, bytes, None)
}

/// The same of a file of a project whose name is known: what a binding library brings into others' trees is its
/// authors' own work in its own.
pub fn within(path: &str, bytes: &[u8], project: Option<&PackageName>) -> Option<Origin> {
    BUILTIN.origin(path, bytes, project)
}

/// Whether a folder of that name holds copies of other projects.
pub fn holds_copies(folder: &str) -> bool {
    BUILTIN.vendored.holds_copies(folder)
}

static BUILTIN: LazyLock<Origins> = LazyLock::new(|| {
    Origins::parse(table!("origins")).expect("the facts this program carries are parsed by a test")
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Origins {
    #[serde(rename = "version")]
    _version: u32,
    vendored: Vendored,
    origin: Vec<Row>,
    /// Finds the texts of all rows' heads in one pass; what they are numbered by stands in `heads`.
    #[serde(skip)]
    finder: Option<AhoCorasick>,
    /// For each row, the numbers of its texts.
    #[serde(skip)]
    heads: Vec<Vec<usize>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Vendored {
    folders: Vec<String>,
    unless_includes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    #[serde(default)]
    head: Vec<String>,
    #[serde(default)]
    within: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    folders: Vec<String>,
    #[serde(default)]
    own_of: Vec<PackageName>,
    #[serde(default)]
    version_after: Vec<String>,
    #[serde(default)]
    version_parts: Vec<String>,
    source: String,
}

impl Origins {
    fn parse(text: &str) -> Result<Self, String> {
        let mut all: Self = read(text)?;
        for row in &all.origin {
            if row.head.is_empty() && row.within.is_empty() {
                return Err(format!("{}: a row needs a text; a name alone proves nothing", row.name));
            }
            if !row.within.is_empty() && row.files.is_empty() && row.folders.is_empty() {
                return Err(format!("{}: `within` would search every file", row.name));
            }
            if row.source.is_empty() {
                return Err(format!("{}: the source is missing", row.name));
            }
        }
        let mut texts: Vec<&str> = all.origin.iter().flat_map(|row| &row.head).map(String::as_str).collect();
        texts.sort_unstable();
        texts.dedup();
        let number = |text: &String| texts.binary_search(&text.as_str()).ok();
        let heads = all.origin.iter().map(|row| row.head.iter().filter_map(number).collect()).collect();
        // A faster automaton costs more to build than it saves on the heads of some thousand files.
        let finder = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&texts);
        all.finder = Some(finder.map_err(|error| error.to_string())?);
        all.heads = heads;
        Ok(all)
    }

    fn origin(&self, path: &str, bytes: &[u8], project: Option<&PackageName>) -> Option<Origin> {
        let head = bytes.get(..HEAD).unwrap_or(bytes);
        let mut found = BTreeSet::new();
        if let Some(finder) = &self.finder {
            found.extend(finder.find_overlapping_iter(head).map(|one| one.pattern().as_usize()));
        }
        let row = self
            .origin
            .iter()
            .zip(&self.heads)
            .find(|(row, heads)| heads.iter().all(|text| found.contains(text)) && row.fits(path, bytes));
        if let Some((row, _)) = row {
            if project.is_some_and(|name| row.own_of.contains(name)) {
                return None;
            }
            let version = row
                .version_after
                .iter()
                .find_map(|mark| version_after(head, mark))
                .or_else(|| row.version_of_parts(head));
            return Some(Origin { name: row.name.clone(), version });
        }
        let vendored = self.vendored.name(path)?;
        (!self.vendored.knows_python(bytes)).then_some(vendored)
    }
}

impl Row {
    /// Whether all but the head fits.
    fn fits(&self, path: &str, bytes: &[u8]) -> bool {
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
        (self.files.is_empty() || self.files.iter().any(|pattern| name_fits(pattern, file)))
            && (self.folders.is_empty()
                || folders.split('/').any(|one| self.folders.iter().any(|name| name == one)))
            && self.within.iter().all(|text| memmem::find(bytes, text.as_bytes()).is_some())
    }

    /// A version whose numbers stand apart, each after its own text.
    fn version_of_parts(&self, head: &[u8]) -> Option<String> {
        let parts: Option<Vec<String>> =
            self.version_parts.iter().map(|mark| version_after(head, mark)).collect();
        parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("."))
    }
}

impl Vendored {
    fn holds_copies(&self, folder: &str) -> bool {
        let folder = folder.to_ascii_lowercase();
        self.folders.iter().any(|pattern| name_fits(pattern, &folder))
    }

    /// The library a path below a folder for copies belongs to.
    fn name(&self, path: &str) -> Option<Origin> {
        let parts: Vec<&str> = path.split('/').collect();
        let (_, folders) = parts.split_last()?;
        let at = folders.iter().position(|part| self.holds_copies(part))?;
        let next = parts.get(at + 1)?;
        let name =
            if at + 1 < folders.len() { next } else { next.rsplit_once('.').map_or(*next, |(n, _)| n) };
        let (name, version) = match name.rsplit_once(['-', '_']) {
            Some((stem, tail)) if !stem.is_empty() => match leading_version(tail.as_bytes()) {
                Some(version) if version.len() == tail.trim_start_matches('v').len() => (stem, Some(version)),
                _ => (name, None),
            },
            _ => (name, None),
        };
        Some(Origin { name: name.to_owned(), version })
    }

    fn knows_python(&self, bytes: &[u8]) -> bool {
        let begin = bytes.get(..INCLUDES).unwrap_or(bytes);
        self.unless_includes.iter().any(|header| {
            memmem::find_iter(begin, header.as_bytes()).any(|at| {
                let line = begin.get(..at).unwrap_or_default().rsplit(|b| *b == b'\n').next();
                line.is_some_and(|line| memmem::find(line, b"include").is_some())
            })
        })
    }
}

/// Whether a name fits a pattern, in which each `*` stands for any text.
fn name_fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|begin| name.strip_prefix(begin)) else { return false };
    let Some(end) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(end)
}

/// The version that follows a text.
fn version_after(head: &[u8], mark: &str) -> Option<String> {
    memmem::find_iter(head, mark.as_bytes())
        .find_map(|at| leading_version(head.get(at + mark.len()..).unwrap_or_default()))
}

/// A version at the beginning of a text: digits, dots and a pre-release's letters; quotes, a hexadecimal `0x` and
/// what else may stand before it are not skipped, for then any number would be one.
fn leading_version(text: &[u8]) -> Option<String> {
    let text = text.strip_prefix(b"v").unwrap_or(text);
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let end = text.iter().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b'.').count();
    let word = std::str::from_utf8(text.get(..end)?).ok()?.trim_end_matches('.');
    let digits = word.bytes().next().is_some_and(|b| b.is_ascii_digit());
    (digits && !word.starts_with("0x")).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(path: &str, text: &str) -> Option<(String, Option<String>)> {
        of(path, text.as_bytes()).map(|origin| (origin.name, origin.version))
    }

    fn named(name: &str, version: Option<&str>) -> Option<(String, Option<String>)> {
        Some((name.to_owned(), version.map(str::to_owned)))
    }

    #[test]
    fn generators_are_known_by_their_banner_and_tell_their_version() {
        assert_eq!(
            origin("a/fast.c", "/* Generated by Cython 3.1.0b1 */\n\n/* BEGIN: Cython Metadata"),
            named("cython", Some("3.1.0b1"))
        );
        let swig = "/* ---\n * This file was automatically generated by SWIG (https://www.swig.org).\n * Version 4.4.0\n";
        assert_eq!(origin("x_wrap.cxx", swig), named("swig", Some("4.4.0")));
        let f2py = "/* File: _xmodule.c\n * This file is auto-generated with f2py (version:2.1.3).\n";
        assert_eq!(origin("_xmodule.c", f2py), named("f2py", Some("2.1.3")));
        assert_eq!(
            origin("y.c", "/* A Bison parser, made by GNU Bison 3.8.2.  */"),
            named("bison", Some("3.8.2"))
        );
        assert_eq!(origin("_x.c", "#define _CFFI_\n\n/* We try"), named("cffi", None));
        assert_eq!(origin("build/__native.c", "#include \"init.c\"\nCPyStatics"), named("mypyc", None));
    }

    #[test]
    fn a_copied_binding_library_tells_its_version_in_one_header() {
        let text = "/*\n    pybind11/detail/common.h -- Basic macros\n*/\n#define PYBIND11_VERSION_MAJOR 2\n\
                    #define PYBIND11_VERSION_MINOR 9\n#define PYBIND11_VERSION_PATCH 1\n";
        assert_eq!(origin("ext/pybind11/detail/common.h", text), named("pybind11", Some("2.9.1")));
        assert_eq!(origin("ext/pybind11/cast.h", "/* pybind11/cast.h */"), named("pybind11", None));
        let of = |project| {
            let name = PackageName::new(project).expect("a name");
            within("include/pybind11/cast.h", b"/* pybind11/cast.h */", Some(&name))
        };
        assert!(of("pybind11").is_none() && of("pybind11-global").is_none());
        assert_eq!(of("contourpy").map(|origin| origin.name).as_deref(), Some("pybind11"));
    }

    #[test]
    fn a_pattern_may_have_several_stars() {
        for (pattern, name, fits) in [
            ("*_impl_*.h", "Atomics_impl_3c6d.h", true),
            ("*_impl_*.h", "impl_3c6d.h", false),
            ("*_impl_*.h", "Atomics_impl_.c", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("x.h", "x.h", true),
            ("x.h", "x.hh", false),
        ] {
            assert_eq!(name_fits(pattern, name), fits, "{pattern} {name}");
        }
        let utility = "#if CYTHON_COMPILING_IN_CPYTHON\nstatic PyObject *__Pyx_Import(void);";
        assert_eq!(origin("src/pkg/inc/Import_impl_89ab.h", utility), named("cython", None));
        assert_eq!(origin("src/pkg/inc/import.h", utility), None);
    }

    #[test]
    fn a_word_about_generating_names_nobody() {
        assert_eq!(origin("a.c", "/* This file is generated by tools/make.py. DO NOT EDIT. */"), None);
        assert_eq!(origin("a.c", "/* see the header pybind11/pybind11.h */"), None);
        let late = format!("{}\n/* Generated by Cython 3.0 */", "x;\n".repeat(HEAD));
        assert_eq!(origin("a.c", &late), None);
    }

    #[test]
    fn copies_are_named_by_their_folder_unless_they_know_python() {
        assert_eq!(origin("third_party/zstd/lib/x.c", "int x;"), named("zstd", None));
        assert_eq!(origin("src/vendor/zlib-1.3.1/a.c", "int x;"), named("zlib", Some("1.3.1")));
        assert_eq!(origin("deps/cJSON.c", "int x;"), named("cJSON", None));
        assert_eq!(origin("pkg/vendored/ujson/python.c", "#include <Python.h>\n"), None);
        assert_eq!(origin("pkg/deps.c", "int x;"), None);
        assert_eq!(origin("deps", "int x;"), None);
    }

    #[test]
    fn rows_that_prove_nothing_are_refused() {
        let with = |row: &str| {
            format!("version = 1\n[vendored]\nfolders = []\nunless-includes = []\n[[origin]]\n{row}")
        };
        for row in [
            "name = \"x\"\nfiles = [\"x.h\"]\nsource = \"y\"",
            "name = \"x\"\nwithin = [\"x\"]\nsource = \"y\"",
            "name = \"x\"\nhead = [\"x\"]\nsource = \"\"",
        ] {
            assert!(Origins::parse(&with(row)).is_err(), "{row}");
        }
    }

    #[test]
    fn hostile_paths_and_bytes_do_no_harm() {
        assert_eq!(origin("", ""), None);
        assert_eq!(origin("/", "\0"), None);
        assert_eq!(
            of("vendor/", &[0xff; 10_000]),
            named("", None).map(|(name, version)| Origin { name, version })
        );
    }
}
