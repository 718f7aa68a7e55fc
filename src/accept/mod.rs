//! What a maintainer has accepted: which findings are asked for at all, and which of them were looked at and let be.
//!
//! Findings and the text of their files go in; the same findings come out, some marked as suppressed, with a word on
//! every suppression that no longer does anything. Three ways to accept, asked in this order: a comment beside the
//! place, an entry of the configuration, a baseline file. What is accepted stays in the report and is counted there;
//! what is not selected was never asked for and is taken out.
//!
//! The day is an argument: an expiry date is the one thing in ungil that asks for the calendar, and only `commands`
//! may look at it.

mod baseline;
mod comment;
mod selection;

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobMatcher;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use baseline::{Baseline, BaselineEntry, InvalidBaseline};
pub use comment::mentions;
pub use selection::{Known, Selection, Selector, UnknownSelector, path_glob};

use crate::model::{Finding, Suppression};

/// Texts of source files by their path within an artifact.
pub type Texts = BTreeMap<String, Vec<u8>>;

/// An entry of the configuration that accepts findings.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Id of the rule.
    pub rule: String,
    /// Files it holds for; all if `None`.
    pub path: Option<(String, GlobMatcher)>,
    /// The function it holds for; all if `None`.
    pub function: Option<String>,
    /// The one finding it holds for.
    pub fingerprint: Option<String>,
    /// Why it is right as it is.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// Where it stands, for messages: `pyproject.toml: tool.ungil.accept[2]`.
    pub place: String,
}

impl Entry {
    fn fits(&self, finding: &Finding) -> bool {
        self.rule == finding.rule
            && self.path.as_ref().is_none_or(|(_, glob)| glob.is_match(&finding.location.path))
            && self.function.as_ref().is_none_or(|name| *name == finding.function)
            && self.fingerprint.as_ref().is_none_or(|print| *print == finding.fingerprint)
    }
}

/// Everything that decides over findings besides the rules.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// What is asked for.
    pub selection: Selection,
    /// Entries of the configuration.
    pub entries: Vec<Entry>,
    /// The baseline.
    pub baseline: Option<Baseline>,
    /// Modules that may need the GIL, by their dotted names.
    pub may_need_gil: BTreeSet<String>,
    /// Today.
    pub today: Date,
    /// The rules there are, so that a comment that names none of them is told.
    pub known: Known,
}

/// A suppression that does nothing, or not what its author meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Unused {
    /// The artifact it stands in; empty for an entry of the configuration.
    pub artifact: String,
    /// The file it stands in.
    pub path: String,
    /// Its line; null for an entry of the configuration.
    pub line: Option<u32>,
    /// The rule it names.
    pub rule: String,
    /// What is the matter, as a sentence without a full stop.
    pub reason: String,
}

/// What became of one artifact's findings.
#[derive(Debug, Clone, Default)]
pub struct Reviewed {
    /// Comments that do nothing.
    pub unused: Vec<Unused>,
    /// How many findings were not asked for.
    pub left_out: usize,
    /// Entries of the configuration that accepted something, by their place in the list.
    pub entries_used: BTreeSet<usize>,
    /// How many findings of each fingerprint the baseline accepted here.
    pub baseline_used: BTreeMap<String, u32>,
}

impl Acceptance {
    /// Takes out what was not asked for and marks what was accepted.
    pub fn review(&self, artifact: &str, findings: &mut Vec<Finding>, texts: &Texts) -> Reviewed {
        let mut reviewed = Reviewed::default();
        let before = findings.len();
        findings.retain(|finding| self.selection.asks_for(finding));
        reviewed.left_out = before.saturating_sub(findings.len());
        for (path, text) in texts {
            let comments = comment::comments(text);
            for one in comments {
                self.comment(&one, artifact, path, findings, &mut reviewed);
            }
        }
        for finding in findings.iter_mut().filter(|finding| finding.suppressed.is_none()) {
            let entry = self.entries.iter().enumerate().find(|(_, entry)| {
                entry.fits(finding) && entry.until.is_none_or(|until| until >= self.today)
            });
            if let Some((at, entry)) = entry {
                reviewed.entries_used.insert(at);
                finding.suppressed =
                    Some(Suppression { by: "config".to_owned(), reason: entry.reason.clone() });
                continue;
            }
            let Some(baseline) = &self.baseline else { continue };
            let used = reviewed.baseline_used.get(&finding.fingerprint).copied().unwrap_or_default();
            if used < baseline.allows(&finding.fingerprint) {
                reviewed.baseline_used.insert(finding.fingerprint.clone(), used.saturating_add(1));
                let reason = "it was there when the baseline was written".to_owned();
                finding.suppressed = Some(Suppression { by: "baseline".to_owned(), reason });
            }
        }
        reviewed.unused.sort();
        reviewed
    }

    fn comment(
        &self,
        one: &comment::Comment,
        artifact: &str,
        path: &str,
        findings: &mut [Finding],
        reviewed: &mut Reviewed,
    ) {
        let mut tell = |rule: &str, reason: String| {
            reviewed.unused.push(Unused {
                artifact: artifact.to_owned(),
                path: path.to_owned(),
                line: Some(one.line),
                rule: rule.to_owned(),
                reason,
            });
        };
        let until = match &one.until {
            None => None,
            Some(text) => match text.parse::<Date>() {
                Ok(date) => Some(date),
                Err(_) => {
                    let rules = one.rules.join(", ");
                    tell(&rules, format!("`{text}` is no date, so it accepts nothing; write 2027-01-31"));
                    return;
                }
            },
        };
        for rule in &one.rules {
            if let Err(unknown) = self.known.rule(rule) {
                tell(rule, unknown.to_string());
                continue;
            }
            if one.reason.is_empty() {
                tell(
                    rule,
                    format!("it gives no reason, so it accepts nothing; write `ungil: ignore[{rule}]: why`"),
                );
                continue;
            }
            if let Some(date) = until.filter(|date| *date < self.today) {
                tell(rule, format!("it held until {date}, so it accepts nothing any more"));
                continue;
            }
            let mut used = false;
            for finding in findings.iter_mut().filter(|f| f.rule == *rule && f.location.path == path) {
                let at = &finding.location;
                if one.whole_file || (at.line..=at.end_line.max(at.line)).contains(&one.for_line) {
                    used = true;
                    if finding.suppressed.is_none() {
                        finding.suppressed =
                            Some(Suppression { by: "comment".to_owned(), reason: one.reason.clone() });
                    }
                }
            }
            // A rule that was not asked for cannot show whether its comment is needed.
            if !used && self.selection.asks_for_rule(rule, path) {
                tell(rule, "nothing is found here any more, so the comment can go".to_owned());
            }
        }
    }

    /// Entries of the configuration that accepted nothing in any artifact.
    pub fn unused_entries(&self, all: &[Reviewed]) -> Vec<Unused> {
        let used: BTreeSet<usize> = all.iter().flat_map(|one| one.entries_used.iter().copied()).collect();
        let idle = self.entries.iter().enumerate().filter(|(at, _)| !used.contains(at));
        idle.map(|(_, entry)| Unused {
            artifact: String::new(),
            path: entry.place.clone(),
            line: None,
            rule: entry.rule.clone(),
            reason: match entry.until.filter(|until| *until < self.today) {
                Some(until) => format!("it held until {until}, so it accepts nothing any more"),
                None => "it accepts nothing that is found, so it can go".to_owned(),
            },
        })
        .collect()
    }

    /// Entries of the baseline that nothing needs any more, with how many of each are fixed.
    pub fn fixed(&self, all: &[Reviewed]) -> Vec<(BaselineEntry, u32)> {
        let Some(baseline) = &self.baseline else { return Vec::new() };
        let used = |print: &str| all.iter().filter_map(|one| one.baseline_used.get(print)).max();
        baseline
            .entries()
            .filter_map(|entry| {
                let left = entry.count.saturating_sub(used(&entry.fingerprint).copied().unwrap_or_default());
                (left > 0).then(|| (entry.clone(), left))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
