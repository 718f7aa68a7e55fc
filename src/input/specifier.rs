//! Version specifiers, forgiving where installers are.
//!
//! `pep440_rs` reads and compares; this file adds what it refuses but pip and old metadata have: `===` with
//! any text (compared as text), `>=1.0.*`, stray commas, quotes and brackets. What was mended is told.

use std::fmt;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifier};

/// Longer text is not read.
const MAX_LEN: usize = 4096;

/// A conjunction of version specifiers: `>=1.0,<2`. Without any it holds for every version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Specifiers {
    parts: Vec<Part>,
    notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Pep440(VersionSpecifier),
    /// `===`: equality of text.
    Exact(String),
}

/// Text that is no version specifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version specifier; write one as >=1.0,<2")]
pub struct InvalidSpecifier(pub String);

impl Specifiers {
    /// Reads specifiers, with or without parentheses around them.
    ///
    /// # Errors
    /// If a part is not understood even after mending.
    pub fn parse(text: &str) -> Result<Self, InvalidSpecifier> {
        let bad = || InvalidSpecifier(text.chars().take(120).collect());
        if text.len() > MAX_LEN {
            return Err(bad());
        }
        let trimmed = text.trim();
        let inner = trimmed.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(trimmed);
        let mut out = Self::default();
        for part in inner.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if let Some(exact) = part.strip_prefix("===") {
                let exact = exact.trim();
                if exact.is_empty() || exact.contains(char::is_whitespace) {
                    return Err(bad());
                }
                out.parts.push(Part::Exact(exact.to_owned()));
            } else if let Ok(specifier) = VersionSpecifier::from_str(part) {
                out.parts.push(Part::Pep440(specifier));
            } else {
                let mended = mend(part);
                let specifier = VersionSpecifier::from_str(&mended).map_err(|_| bad())?;
                out.parts.push(Part::Pep440(specifier));
                out.notes.push(format!("`{part}` read as `{mended}`"));
            }
        }
        Ok(out)
    }

    /// Whether a version satisfies all of them. Pre-releases are compared like others here.
    pub fn contains(&self, version: &Version) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Pep440(specifier) => specifier.contains(version),
            Part::Exact(text) => version.to_string().eq_ignore_ascii_case(text),
        })
    }

    /// Whether it holds for every version.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether it names exactly one version: `==1.0` or `===1.0`.
    pub fn is_pin(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Pep440(specifier) => matches!(specifier.operator(), Operator::Equal | Operator::ExactEqual),
            Part::Exact(_) => true,
        })
    }

    /// Whether it asks for pre-releases by naming one (PEP 440).
    pub fn names_pre_release(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Pep440(specifier) => {
                !matches!(specifier.operator(), Operator::NotEqual | Operator::NotEqualStar)
                    && specifier.version().any_prerelease()
            }
            Part::Exact(text) => Version::from_str(text).is_ok_and(|version| version.any_prerelease()),
        })
    }

    /// What was mended while reading, one sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// `>=1.0.*` means `>=1.0` to pip's predecessors; quotes come from people who wrote Python.
fn mend(part: &str) -> String {
    let part: String = part.chars().filter(|c| !matches!(c, '\'' | '"' | '(' | ')')).collect();
    let starred = part.strip_suffix(".*").filter(|_| part.starts_with(['>', '<', '~']));
    starred.unwrap_or(&part).trim().to_owned()
}

impl fmt::Display for Specifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.parts.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            match part {
                Part::Pep440(specifier) => {
                    write!(f, "{comma}{}", specifier.to_string().replace(' ', ""))?;
                }
                Part::Exact(text) => write!(f, "{comma}==={text}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(specifiers: &str, version: &str) -> bool {
        let version = Version::from_str(version).expect(version);
        Specifiers::parse(specifiers).expect(specifiers).contains(&version)
    }

    #[test]
    fn specifiers_compare_as_pep_440_says() {
        for (specifiers, version, expected) in [
            ("", "1.0", true),
            ("==1.0", "1.0.0", true),
            ("==1.0", "1.0+cpu", true),
            ("==1.*", "1.9", true),
            ("~=1.4.2", "1.4.9", true),
            ("~=1.4.2", "1.5", false),
            (">1.0", "1.0.post1", false),
            (">=1,<2,!=1.5", "1.5", false),
            ("===1.0-weird", "1.0", false),
            ("===1.0", "1.0", true),
            ("(>=1.0)", "2", true),
            (" >= 1.0 , ", "2", true),
            (">=1!0", "9.0", false),
        ] {
            assert_eq!(holds(specifiers, version), expected, "{specifiers} {version}");
        }
    }

    #[test]
    fn old_misspellings_are_mended_and_told() {
        let mended = Specifiers::parse(">=3.7.*").expect("mended");
        assert_eq!((mended.to_string().as_str(), mended.notes().len()), (">=3.7", 1));
        assert!(holds(">='2.7'", "3"));
        for bad in ["1.0", ">=", "=>1", "about", "===", "é", ">=1.0;<2"] {
            assert!(Specifiers::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pins_and_pre_releases_are_told_apart() {
        let of = |text: &str| Specifiers::parse(text).expect(text);
        assert!(of("==1.0").is_pin() && of("===x").is_pin());
        assert!(!of("==1.*").is_pin() && !of(">=1").is_pin());
        assert!(of(">=2.0rc1").names_pre_release() && !of("!=2.0rc1").names_pre_release());
    }

    proptest::proptest! {
        #[test]
        fn specifiers_never_panic(text in "[<>=!~,.*a-z0-9 +()'-]{0,40}") {
            let _ = Specifiers::parse(&text).map(|specifiers| specifiers.to_string());
        }
    }
}
