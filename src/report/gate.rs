//! From a report to an exit code: what reaches the threshold, and what makes an answer incomplete.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::{ByTarget, Document, Package};
use crate::model::{Class, Confidence, Finding, Hides, Severity, Verdict};

/// Explains `--fail-on`; for `--help`.
pub const FAIL_ON_HELP: &str = "\
What makes the exit code 1, separated by commas: verdicts (needs-gil, unavailable, build-required), hazards of at least \
a severity (high, medium, low) with at least a confidence (`high@low`; medium where none is given), or `never`. \
[default: needs-gil,unavailable for audit; needs-gil,unavailable,high for check]";

/// What reaches the threshold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailOn {
    verdicts: BTreeSet<Verdict>,
    /// For a severity or anything above it: the least confidence that counts.
    hazards: BTreeMap<Severity, Confidence>,
    /// Modules that may turn the GIL on.
    may_need_gil: BTreeSet<String>,
}

/// Text that is no threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is nothing to fail on; write needs-gil, unavailable, build-required, high, medium or low (with \
     @high, @medium or @low for the least confidence), or never"
)]
pub struct InvalidFailOn(pub String);

impl FailOn {
    /// What `audit` fails on unless told otherwise: packages that keep an application from dropping the GIL.
    pub fn audit() -> Self {
        Self { verdicts: [Verdict::NeedsGil, Verdict::Unavailable].into(), ..Self::default() }
    }

    /// What `check` fails on unless told otherwise: as `audit`, and hazards of high severity that are likely real.
    pub fn check() -> Self {
        Self { hazards: [(Severity::High, Confidence::Medium)].into(), ..Self::audit() }
    }

    /// The same, where some modules may turn the GIL on: a package all of whose offenders are among them passes.
    #[must_use]
    pub fn with_exceptions(mut self, modules: &[String]) -> Self {
        self.may_need_gil.extend(modules.iter().map(|name| name.trim().to_owned()));
        self
    }

    fn reached_by_row(&self, row: &ByTarget) -> bool {
        let excused = row.verdict == Verdict::NeedsGil
            && !row.turns_gil_on.is_empty()
            && row.turns_gil_on.iter().all(|name| self.may_need_gil.contains(name));
        self.verdicts.contains(&row.verdict) && !excused
    }

    fn reached_by(&self, finding: &Finding) -> bool {
        finding.counts()
            && self.hazards.iter().any(|(severity, confidence)| {
                finding.severity >= *severity && finding.confidence >= *confidence
            })
    }
}

impl FromStr for FailOn {
    type Err = InvalidFailOn;

    fn from_str(text: &str) -> Result<Self, InvalidFailOn> {
        let mut fail_on = Self::default();
        if text.trim() == "never" {
            return Ok(fail_on);
        }
        for term in text.split(',').map(str::trim) {
            let bad = || InvalidFailOn(term.to_owned());
            match term {
                "needs-gil" => fail_on.verdicts.insert(Verdict::NeedsGil),
                "unavailable" => fail_on.verdicts.insert(Verdict::Unavailable),
                "build-required" => fail_on.verdicts.insert(Verdict::BuildRequired),
                _ => {
                    let (severity, confidence) = term.split_once('@').unwrap_or((term, "medium"));
                    let severity = match severity {
                        "high" => Severity::High,
                        "medium" => Severity::Medium,
                        "low" => Severity::Low,
                        _ => return Err(bad()),
                    };
                    let confidence = match confidence {
                        "high" => Confidence::High,
                        "medium" => Confidence::Medium,
                        "low" => Confidence::Low,
                        _ => return Err(bad()),
                    };
                    let least = fail_on.hazards.entry(severity).or_insert(confidence);
                    *least = confidence.min(*least);
                    true
                }
            };
        }
        Ok(fail_on)
    }
}

/// The exit code of a command whose report is `document`: 3 if incomplete, else 1 if something reaches `fail_on`,
/// else 0.
///
/// Incomplete is: nothing to look at, a request that failed, a verdict that is unknown, or a whole artifact that should
/// have been looked at and could not be, such as an sdist whose download failed. A wheel that is checked alone has no
/// sources to miss.
pub fn exit_code(document: &Document, fail_on: &FailOn) -> u8 {
    let incomplete = document.packages.is_empty()
        || !document.failures.is_empty()
        || document.packages.iter().any(|package| {
            package.verdict == Verdict::Unknown
                || package.by_target.iter().any(|row| row.verdict == Verdict::Unknown)
                || an_artifact_was_missed(package)
        });
    let reached = document.packages.iter().any(|package| {
        let accepted = document.review.is_some() && silence_is_accepted(package);
        let excused = |row: &ByTarget| accepted && row.verdict == Verdict::Unavailable;
        package.by_target.iter().any(|row| fail_on.reached_by_row(row) && !excused(row))
            || package.findings.iter().any(|finding| fail_on.reached_by(finding))
    });
    match (incomplete, reached) {
        (true, _) => 3,
        (false, true) => 1,
        (false, false) => 0,
    }
}

/// Whether everything that makes a project's sources silent about the GIL was accepted by its maintainer.
fn silence_is_accepted(package: &Package) -> bool {
    let mut silent = package.findings.iter().filter(|one| one.class == Class::MissingModGil).peekable();
    silent.peek().is_some() && silent.all(|one| one.suppressed.is_some())
}

/// Whether a whole artifact that may show claims or hazards was not looked at to its end.
fn an_artifact_was_missed(package: &Package) -> bool {
    package.gaps.iter().any(|gap| gap.path.is_empty() && gap.hides != Hides::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn code(document: &Document, fail_on: &str) -> u8 {
        exit_code(document, &fail_on.parse().expect(fail_on))
    }

    #[test]
    fn the_exit_code_follows_what_was_asked_to_fail_on() {
        let mut document = sample::document();
        document.failures.clear();
        document.packages.retain(|package| package.verdict != Verdict::Unknown);
        assert_eq!(code(&document, "never"), 0);
        assert_eq!(code(&document, "needs-gil"), 1);
        document.packages.retain(|package| package.verdict == Verdict::Ready);
        assert_eq!(code(&document, "needs-gil,unavailable"), 0);
        assert_eq!(code(&document, "high"), 1, "numpy has a finding of high severity");
        assert_eq!(code(&document, "high@high"), 0, "of medium confidence only");
    }

    #[test]
    fn a_module_that_may_need_the_gil_reaches_no_threshold_and_its_neighbour_does() {
        let mut document = sample::document();
        document.failures.clear();
        document.packages.retain(|package| package.verdict == Verdict::NeedsGil);
        let code = |modules: &[String]| exit_code(&document, &FailOn::audit().with_exceptions(modules));
        assert_eq!(code(&["slow.core".to_owned()]), 0);
        assert_eq!(code(&["slow.fast".to_owned()]), 1);
    }

    #[test]
    fn an_incomplete_answer_wins_over_a_threshold() {
        let mut document = sample::document();
        assert_eq!(code(&document, "needs-gil"), 3, "a request failed");
        document.failures.clear();
        assert_eq!(code(&document, "needs-gil"), 3, "a package is unknown");
        document.packages.clear();
        assert_eq!(code(&document, "never"), 3, "nothing to look at");
    }

    #[test]
    fn missed_sources_make_the_answer_incomplete() {
        let mut document = sample::document();
        document.failures.clear();
        document.packages.retain(|package| package.verdict == Verdict::Unavailable);
        assert_eq!(code(&document, "high"), 0, "there were no sources to look at");
        document.packages[0].gaps.push(crate::model::Gap::new("", Hides::Hazards, "404"));
        assert_eq!(code(&document, "high"), 3);
        assert_eq!(code(&document, "needs-gil"), 3, "they were asked for, whatever decides");
    }

    #[test]
    fn a_threshold_that_is_none_is_refused() {
        for bad in ["", "needs-gil,", "ready", "high@", "never,high", "note"] {
            assert!(bad.parse::<FailOn>().is_err(), "{bad}");
        }
    }
}
