//! Reads sources: claims, and evidence by the rules.
//!
//! Two steps, because a project's files explain each other: a struct is defined in a header and raced for in a
//! method, a lock is held by the caller in another file, a build file speaks for all modules. [`file`] sees one
//! member alone, keeps what others may have to say about it, and lets its bytes go; [`project`] joins what the
//! files of one artifact showed and settles what was left open. Both are pure; files may be read on many threads
//! and come in any order.

pub mod c;
pub mod claims;
pub mod cython;
pub mod found;
pub mod origin;
pub mod python;
pub mod rust;

use crate::knowledge::Knowledge;
use crate::model::{Finding, Gap, Looked, Member, MemberPath, Observed};
use crate::rules::{Language, RuleSet};

/// What one source or build file shows on its own.
#[derive(Debug, Clone, Default)]
pub struct FileSeen {
    /// As the project's tree calls it.
    pub path: String,
    /// Counts for this file.
    pub looked: Looked,
    /// What of it could not be understood.
    pub gaps: Vec<Gap>,
    /// Statements about the GIL, and what is needed to make some of others' files.
    pub claims: claims::FileClaims,
    /// Findings that need no other file.
    pub findings: Vec<Finding>,
}

/// Whether a member is one that [`file`] can make something of: a source, a build file or a test.
pub fn wants(path: &MemberPath) -> bool {
    language(path).is_some()
}

/// Whether a path lies among tests, examples, benchmarks or documentation, which are not installed.
pub fn among_tests(path: &MemberPath) -> bool {
    const FOLDERS: [&str; 9] =
        ["test", "tests", "testing", "example", "examples", "benchmark", "benchmarks", "doc", "docs"];
    path.as_str().split('/').rev().skip(1).any(|part| FOLDERS.contains(&part))
}

/// The language a member is read as, by its name.
pub fn language(path: &MemberPath) -> Option<Language> {
    let name = path.file_name().to_ascii_lowercase();
    match path.extension().as_str() {
        "c" | "m" => Some(Language::C),
        "h" | "cc" | "cpp" | "cxx" | "c++" | "hh" | "hpp" | "hxx" | "inl" | "ipp" | "tpp" | "mm" | "cu"
        | "cuh" => Some(Language::Cpp),
        "pyx" | "pxd" | "pxi" => Some(Language::Cython),
        "rs" => Some(Language::Rust),
        "py" if name == "setup.py" => Some(Language::Build),
        "py" => Some(Language::Python),
        _ => match name.as_str() {
            "setup.cfg" | "pyproject.toml" | "meson.build" | "cmakelists.txt" | "cargo.toml"
            | "cargo.lock" => Some(Language::Build),
            _ => None,
        },
    }
}

/// Reads one member.
pub fn file(member: &Member<'_>, _known: &Knowledge, _rules: &RuleSet) -> FileSeen {
    FileSeen { path: member.path.to_string(), ..FileSeen::default() }
}

/// Joins what the files of one artifact showed.
pub fn project(mut files: Vec<FileSeen>, _known: &Knowledge, _rules: &RuleSet) -> Observed {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut seen = Observed::default();
    for file in files {
        seen.absorb(Observed {
            findings: file.findings,
            gaps: file.gaps,
            looked: file.looked,
            ..Observed::default()
        });
    }
    seen
}
