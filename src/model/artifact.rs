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
}
