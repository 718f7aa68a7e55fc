//! What the sources show: counts of findings, and the one word that sums them up.
//!
//! The word never depends on the verdict but for pure Python, where there is nothing to look at. `clean` says that
//! sources were read and nothing at medium confidence or above is in them; files that could not be read are named in
//! the reasons and cost points, for a short word cannot carry them.

use super::{Evidence, Opened, Sources, counted};
use crate::model::{Confidence, Finding, HazardCounts, Hides, Safety, Severity, Verdict};

/// Findings that count, in the sources at hand.
pub(super) fn findings<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Finding> + use<'a> {
    evidence.sources.read().into_iter().flat_map(|opened| opened.seen.findings.iter()).filter(|f| f.counts())
}

pub(super) fn count(evidence: &Evidence<'_>, verdict: Verdict) -> HazardCounts {
    let mut counts = HazardCounts::default();
    if verdict != Verdict::PurePython {
        for finding in findings(evidence) {
            counts.add(finding.severity, finding.confidence);
        }
    }
    counts
}

/// Hazards are findings of low severity or above: a note is never one.
fn hazards(counts: &HazardCounts) -> u32 {
    [Severity::Low, Severity::Medium, Severity::High]
        .iter()
        .map(|severity| counts.at(*severity, Confidence::Medium))
        .fold(0, u32::saturating_add)
}

pub(super) fn state(evidence: &Evidence<'_>, verdict: Verdict, counts: &HazardCounts) -> Safety {
    if verdict == Verdict::PurePython {
        Safety::None
    } else if hazards(counts) > 0 {
        Safety::Hazards
    } else if share_looked_at(evidence) > 0.0 {
        Safety::Clean
    } else {
        Safety::Unseen
    }
}

/// Which part of the source files was read, 0 to 1. A file that is a gap counts as unread, one understood in part as
/// half read; a gap that is a whole artifact leaves nothing.
pub(super) fn share_looked_at(evidence: &Evidence<'_>) -> f64 {
    let Some(opened) = evidence.sources.read() else { return 0.0 };
    let looked = opened.seen.looked;
    let whole = |path: &str| path.is_empty();
    let hiding = || opened.seen.gaps.iter().filter(|gap| gap.hides != Hides::Nothing);
    if looked.source_files == 0 || hiding().any(|gap| whole(&gap.path)) {
        return 0.0;
    }
    let all = as_f64(looked.source_files);
    let unread = as_f64(unread(opened)) + as_f64(looked.partly_parsed_files) / 2.0;
    ((all - unread) / all).clamp(0.0, 1.0)
}

/// In which modules the hazards are: of ones that declare, where they can happen today, or of ones that do not, where
/// they are what stands before declaring.
fn life(evidence: &Evidence<'_>) -> String {
    let likely = findings(evidence)
        .filter(|one| one.confidence >= Confidence::Medium && one.severity >= Severity::Low);
    let (mut live, mut not, mut all) = (0_usize, 0_usize, 0_usize);
    for finding in likely {
        all = all.saturating_add(1);
        live = live.saturating_add(usize::from(finding.live == Some(true)));
        not = not.saturating_add(usize::from(finding.live == Some(false)));
    }
    match (live, not) {
        (0, 0) => String::new(),
        (_, 0) if live == all => ", live today in modules that declare".to_owned(),
        (0, _) if not == all => ", in modules that do not declare yet".to_owned(),
        (0, _) => format!(", {not} of them in modules that do not declare"),
        (_, 0) => format!(", {live} of them live today in modules that declare"),
        _ => format!(
            ", {live} of them live today in modules that declare, {not} in modules that do not declare yet"
        ),
    }
}

fn unread(opened: Opened<'_>) -> u64 {
    let mut paths: Vec<&str> = opened
        .seen
        .gaps
        .iter()
        .filter(|gap| gap.hides == Hides::Hazards)
        .map(|gap| gap.path.as_str())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    u64::try_from(paths.len()).unwrap_or(u64::MAX)
}

/// Counts are far below 2^52, where `f64` stays exact; beyond it the loss is of no concern.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn as_f64(n: u64) -> f64 {
    n as f64
}

/// What is to be said of safety beside the verdict.
pub(super) fn reasons(
    evidence: &Evidence<'_>,
    verdict: Verdict,
    safety: Safety,
    counts: &HazardCounts,
) -> Vec<String> {
    let mut reasons = Vec::new();
    match safety {
        Safety::Hazards => {
            let all = hazards(counts);
            let high = counts.at(Severity::High, Confidence::Medium);
            let severe = if high > 0 { format!(", {high} of high severity") } else { String::new() };
            let found =
                format!("{}{severe}", counted(usize::try_from(all).unwrap_or(usize::MAX), "likely hazard"));
            let life = life(evidence);
            reasons.push(match verdict {
                Verdict::Ready | Verdict::BuildRequired => format!(
                    "it promises to run without the GIL, and its sources show {found}{life}: a promise is no proof"
                ),
                _ => format!("its sources show {found}{life}"),
            });
        }
        Safety::Unseen => reasons.push(match evidence.sources {
            Sources::Absent => "hazards unseen: the release has no sdist".to_owned(),
            Sources::Unread { why, .. } => format!("hazards unseen: the sources were not looked at: {why}"),
            Sources::Sdist(_) | Sources::Tree(_) => {
                "hazards unseen: no source file of a language that is judged was read".to_owned()
            }
        }),
        Safety::Clean | Safety::None => {}
    }
    if safety != Safety::None
        && let Some(opened) = evidence.sources.read()
        && (unread(opened) > 0)
        && safety != Safety::Unseen
    {
        reasons.push(format!(
            "{} of {} could not be read",
            unread(opened),
            counted(usize::try_from(opened.seen.looked.source_files).unwrap_or(usize::MAX), "source file")
        ));
    }
    reasons
}
