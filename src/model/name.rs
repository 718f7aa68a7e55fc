//! Project names as the index compares them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A normalised project name: lower case, runs of `-`, `_` and `.` written as one `-` (PEP 503).
///
/// Two spellings of one project are equal once they are `PackageName`s.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(String);

/// The text is no project name (PEP 508: ASCII letters, digits, `-`, `_`, `.`; the ends alphanumeric).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a valid project name")]
pub struct InvalidName(pub String);

impl PackageName {
    /// Normalises `text`.
    ///
    /// # Errors
    /// If `text` is not a name by PEP 508.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !edge(text.chars().next()) || !edge(text.chars().last()) || !text.chars().all(inner) {
            return Err(InvalidName(text.to_owned()));
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if matches!(c, '-' | '_' | '.') {
                if !out.ends_with('-') {
                    out.push('-');
                }
            } else {
                out.push(c.to_ascii_lowercase());
            }
        }
        Ok(Self(out))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as file names spell it: `_` for `-` (PEP 427, PEP 625).
    pub fn in_file_name(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PackageName {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::new(&text)
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_project_are_one_name() {
        let names = ["Zope.Interface", "zope_interface", "zope--interface", "ZOPE-.interface"];
        for name in names {
            assert_eq!(PackageName::new(name).expect("valid").as_str(), "zope-interface");
        }
    }

    #[test]
    fn what_the_index_would_refuse_is_refused() {
        for bad in ["", "-x", "x-", "a b", "a/b", "é"] {
            assert!(PackageName::new(bad).is_err(), "{bad}");
        }
    }
}
