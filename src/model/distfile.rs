//! Files as an index lists them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Length of a sha256 in hex.
const SHA256_HEX: usize = 64;

/// Hashes by algorithm name in lower case, as lower-case hex.
///
/// Pages list ten thousand files with a sha256 each, and hardly ever another hash: so that one lies in the value
/// itself.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Hashes {
    sha256: Option<[u8; SHA256_HEX]>,
    others: BTreeMap<String, String>,
}

impl Hashes {
    /// No hashes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The hash of an algorithm.
    pub fn get(&self, algorithm: &str) -> Option<&str> {
        match &self.sha256 {
            Some(digest) if algorithm == "sha256" => std::str::from_utf8(digest).ok(),
            _ => self.others.get(algorithm).map(String::as_str),
        }
    }

    /// Adds a hash, in place of one of the same algorithm.
    pub fn insert(&mut self, algorithm: &str, digest: &str) {
        let text: Option<[u8; SHA256_HEX]> = digest.as_bytes().try_into().ok();
        match text {
            Some(text) if algorithm == "sha256" => {
                self.sha256 = Some(text);
                self.others.remove("sha256");
            }
            _ => drop(self.others.insert(algorithm.to_owned(), digest.to_owned())),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sha256.is_none() && self.others.is_empty()
    }

    /// Algorithms and hashes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let sha256 = self.sha256.as_ref().and_then(|digest| std::str::from_utf8(digest).ok());
        let others = self.others.iter();
        let own = sha256.map(|digest| ("sha256", digest));
        own.into_iter().chain(others.map(|(name, digest)| (name.as_str(), digest.as_str())))
    }
}

impl fmt::Debug for Hashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<A: AsRef<str>, D: AsRef<str>> FromIterator<(A, D)> for Hashes {
    fn from_iter<I: IntoIterator<Item = (A, D)>>(pairs: I) -> Self {
        let mut hashes = Self::new();
        pairs.into_iter().for_each(|(name, digest)| hashes.insert(name.as_ref(), digest.as_ref()));
        hashes
    }
}

impl From<BTreeMap<String, String>> for Hashes {
    fn from(map: BTreeMap<String, String>) -> Self {
        map.into_iter().collect()
    }
}

impl From<Hashes> for BTreeMap<String, String> {
    fn from(hashes: Hashes) -> Self {
        hashes.iter().map(|(name, digest)| (name.to_owned(), digest.to_owned())).collect()
    }
}

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
        self.hashes.get("sha256")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_kept_by_algorithm_whatever_their_length() {
        let whole = "0a".repeat(32);
        let mut hashes: Hashes = [("md5", "00"), ("sha256", "short")].into_iter().collect();
        assert_eq!(
            (hashes.get("sha256"), hashes.get("md5"), hashes.get("sha1")),
            (Some("short"), Some("00"), None)
        );
        hashes.insert("sha256", &whole);
        assert_eq!(hashes.get("sha256"), Some(whole.as_str()));
        let json = serde_json::to_string(&hashes).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Hashes>(&json).expect("hashes").get("sha256"),
            Some(whole.as_str())
        );
        assert!(Hashes::new().is_empty() && !hashes.is_empty());
    }
}
