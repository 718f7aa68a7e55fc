//! A baseline: the findings that were there when a project began to look, so that only new ones stand out.
//!
//! It is a file of the project, made to be reviewed: sorted, one finding a line or so, without lines and columns, which
//! move. Equal places of one function share a fingerprint, so each has a count; a further copy is a new finding.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Finding;

/// The version of the file's format.
const FORMAT: u32 = 1;
/// Most entries that are read.
const MOST: usize = 1_000_000;

/// A file that is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBaseline {
    /// No JSON of this shape.
    #[error("it is no baseline that ungil wrote: {0}")]
    Malformed(String),
    /// Of a later version.
    #[error("it is of format {0}, and this ungil knows format {FORMAT}; use a newer ungil, or write it anew")]
    Newer(u32),
    /// Absurdly long.
    #[error("it has more than {MOST} entries")]
    TooLong,
}

/// Findings that are accepted for having been there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<String, BaselineEntry>,
}

/// One row; all but the fingerprint and the count is for readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineEntry {
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// How many findings have it.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u32,
    /// The rule.
    #[serde(default)]
    pub rule: String,
    /// The file.
    #[serde(default)]
    pub path: String,
    /// The function, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub function: String,
    /// What was found.
    #[serde(default)]
    pub message: String,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this form")]
fn is_one(count: &u32) -> bool {
    *count == 1
}

#[derive(Serialize, Deserialize)]
struct File {
    baseline: u32,
    findings: Vec<BaselineEntry>,
}

impl Baseline {
    /// The baseline that accepts all of `findings` that count or were accepted by a baseline before. Of the artifacts
    /// that show the same place (a tree and its sdist), the one with the most copies counts.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
        let mut entries: BTreeMap<String, BaselineEntry> = BTreeMap::new();
        for finding in findings {
            let accepted_otherwise = finding.suppressed.as_ref().is_some_and(|one| one.by != "baseline");
            if finding.origin.is_some() || accepted_otherwise {
                continue;
            }
            let key = (finding.artifact.clone(), finding.fingerprint.clone());
            let count = counts.entry(key).or_default();
            *count = count.saturating_add(1);
            let entry = entries.entry(finding.fingerprint.clone()).or_insert_with(|| BaselineEntry {
                fingerprint: finding.fingerprint.clone(),
                count: 1,
                rule: finding.rule.clone(),
                path: finding.location.path.clone(),
                function: finding.function.clone(),
                message: finding.message.clone(),
            });
            entry.count = entry.count.max(*count);
        }
        Self { entries }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is none that this version can read.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidBaseline> {
        let malformed = |error: serde_json::Error| InvalidBaseline::Malformed(error.to_string());
        #[derive(Deserialize)]
        struct Head {
            baseline: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(malformed)?;
        if head.baseline != FORMAT {
            return Err(InvalidBaseline::Newer(head.baseline));
        }
        let file: File = serde_json::from_slice(bytes).map_err(malformed)?;
        if file.findings.len() > MOST {
            return Err(InvalidBaseline::TooLong);
        }
        let mut entries = BTreeMap::new();
        for entry in file.findings {
            entries.insert(entry.fingerprint.clone(), entry);
        }
        Ok(Self { entries })
    }

    /// The file's text, sorted by path, rule and fingerprint.
    pub fn text(&self) -> String {
        let mut findings: Vec<BaselineEntry> = self.entries.values().cloned().collect();
        findings.sort_by(|a, b| {
            (&a.path, &a.rule, &a.function, &a.fingerprint).cmp(&(
                &b.path,
                &b.rule,
                &b.function,
                &b.fingerprint,
            ))
        });
        let mut text = serde_json::to_string_pretty(&File { baseline: FORMAT, findings })
            .expect("strings and numbers are always serialisable");
        text.push('\n');
        text
    }

    /// How many findings of a fingerprint it accepts.
    pub fn allows(&self, fingerprint: &str) -> u32 {
        self.entries.get(fingerprint).map_or(0, |entry| entry.count)
    }

    /// Its rows, by fingerprint.
    pub fn entries(&self) -> impl Iterator<Item = &BaselineEntry> {
        self.entries.values()
    }

    /// How many findings it accepts.
    pub fn len(&self) -> u32 {
        self.entries.values().map(|entry| entry.count).fold(0, u32::saturating_add)
    }

    /// Whether it accepts nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Rows that `other` lacks, with how many it lacks.
    pub fn without(&self, other: &Self) -> Vec<(BaselineEntry, u32)> {
        self.entries()
            .filter_map(|entry| {
                let missing = entry.count.saturating_sub(other.allows(&entry.fingerprint));
                (missing > 0).then(|| (entry.clone(), missing))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_none_is_told_apart_from_one_of_a_later_version() {
        assert!(matches!(Baseline::parse(b"[]"), Err(InvalidBaseline::Malformed(_))));
        assert_eq!(Baseline::parse(b"{\"baseline\": 2, \"rows\": []}"), Err(InvalidBaseline::Newer(2)));
        let read = Baseline::parse(b"{\"baseline\": 1, \"findings\": [{\"fingerprint\": \"a\"}]}");
        assert_eq!(read.expect("a baseline").allows("a"), 1);
    }
}
