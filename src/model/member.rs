//! Members of an artifact: a checked path and bytes.

use std::fmt;

use super::PackageName;

/// A path within an artifact: relative, `/`-separated, without `.`, `..`, empty or drive components.
///
/// For sdists the top folder is already taken off, so this is what the project's own tree calls the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberPath(String);

/// Extensions of files in C, Objective-C, C++ and CUDA that are compiled by themselves.
pub const C_COMPILED: [&str; 8] = ["c", "cc", "cpp", "cxx", "c++", "m", "mm", "cu"];

/// Extensions of files in these languages that others include.
pub const C_INCLUDED: [&str; 11] = ["h", "hh", "hpp", "hxx", "inc", "inl", "ipp", "tpp", "tcc", "txx", "cuh"];

/// A path that an artifact must not contain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unsafe path {0:?}")]
pub struct PathError(pub String);

impl MemberPath {
    /// Longest path accepted, in bytes; longer ones are refused as hostile.
    pub const MAX_LEN: usize = 4096;

    /// Checks a path as an archive spells it. `\` is taken as a separator, as Windows would.
    ///
    /// # Errors
    /// If the path is absolute, leaves the artifact, is empty, too long or holds a NUL.
    pub fn new(text: &str) -> Result<Self, PathError> {
        let bad = || PathError(text.chars().take(200).collect());
        if text.is_empty() || text.len() > Self::MAX_LEN || text.contains('\0') {
            return Err(bad());
        }
        let text = text.replace('\\', "/");
        if text.starts_with('/') || text.as_bytes().get(1) == Some(&b':') {
            return Err(bad());
        }
        let mut parts = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => return Err(bad()),
                part => parts.push(part),
            }
        }
        if parts.is_empty() {
            return Err(bad());
        }
        Ok(Self(parts.join("/")))
    }

    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The text after the last dot of the file name, in lower case; empty without one.
    pub fn extension(&self) -> String {
        self.file_name().rsplit_once('.').map_or_else(String::new, |(_, ext)| ext.to_ascii_lowercase())
    }

    /// The path without its first component, or `None` when it has just one.
    pub fn without_top(&self) -> Option<Self> {
        self.0.split_once('/').map(|(_, rest)| Self(rest.to_owned()))
    }
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One file of an artifact, in memory.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Where it lies in the artifact.
    pub path: &'a MemberPath,
    /// All of its bytes.
    pub bytes: &'a [u8],
    /// The project whose artifact it is, where that is known before the file is read.
    pub project: Option<&'a PackageName>,
    /// Of a Python file, all bytes of the `.pxd` beside it, where that was met before.
    pub beside: Option<&'a [u8]>,
}

impl<'a> Member<'a> {
    /// A file of a project that nobody named, with nothing known beside it.
    pub fn new(path: &'a MemberPath, bytes: &'a [u8]) -> Self {
        Self { path, bytes, project: None, beside: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_artifact_are_refused() {
        for bad in ["", "/etc/passwd", "../x", "a/../../x", "C:\\x", "\\\\host\\x", "a\0b", ".", "./"] {
            assert!(MemberPath::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn harmless_spellings_are_made_one() {
        for same in ["a/b.PyX", "./a/b.PyX", "a//b.PyX", "a\\b.PyX"] {
            let path = MemberPath::new(same).expect(same);
            assert_eq!(path.as_str(), "a/b.PyX");
            assert_eq!(path.extension(), "pyx");
            assert_eq!(path.file_name(), "b.PyX");
        }
    }
}
