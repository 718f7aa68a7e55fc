//! Files as an index lists them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Hashes by algorithm name in lower case, as lower-case hex.
pub type Hashes = BTreeMap<String, String>;

/// Whether and why a file was yanked (PEP 592). Such a file is used only when pinned exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yanked {
    /// The reason given, possibly empty.
    pub reason: String,
}

/// Whether the index serves the file's METADATA beside it (PEP 658, PEP 714).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreMetadata {
    /// Hashes of the metadata file; may be empty.
    pub hashes: Hashes,
}

/// One file of a project as an index (or a lock file, or a path) names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistFile {
    /// The file name.
    pub filename: String,
    /// Absolute URL, `https:`, `http:` or `file:`. May hold credentials: never print it as it is.
    pub url: String,
    /// Hashes promised for the whole file.
    pub hashes: Hashes,
    /// `requires-python` as written, possibly invalid.
    pub requires_python: Option<String>,
    /// Set when yanked.
    pub yanked: Option<Yanked>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// RFC 3339, as written.
    pub upload_time: Option<String>,
    /// Set when METADATA is served beside the file.
    pub core_metadata: Option<CoreMetadata>,
}

impl DistFile {
    /// The promised sha256, if any.
    pub fn sha256(&self) -> Option<&str> {
        self.hashes.get("sha256").map(String::as_str)
    }
}
