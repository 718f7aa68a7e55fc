//! Artifacts: the things that are opened and read.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Module;

/// What kind of thing was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// A built distribution (PEP 427).
    Wheel,
    /// A source distribution.
    Sdist,
    /// A folder.
    Tree,
    /// A single extension file.
    Module,
}

/// A sha256 as 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Digest(pub String);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An artifact as it appears in the report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// File name, or the path as given for a tree.
    pub filename: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// Its sha256, where the index promised one or the whole file was read.
    pub sha256: Option<Digest>,
    /// Wheel tags, compressed sets as written; empty for other kinds.
    pub tags: Vec<String>,
    /// The Pythons of the asked targets that can use it: `3.14t`.
    pub usable_on: Vec<String>,
    /// The extension modules in it.
    pub modules: Vec<Module>,
    /// Its source files that a generator made or that are another project's: they do not count against the author.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributed: Vec<Attributed>,
}

/// Source files of an artifact that belong to one generator or library.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Attributed {
    /// The generator or library: `cython`, `swig`, `sqlite`.
    pub name: String,
    /// Its version where one of the files tells it.
    pub version: Option<String>,
    /// How many files.
    pub files: u64,
    /// The first of them by path.
    pub path: String,
    /// What to do, where another version of the generator would change something: a sentence without a full stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}
