//! The score: four parts that add up, each with its reason.
//!
//! Points are whole numbers per part, so that the parts a person sees add up exactly to the score. Every step is
//! monotone: more findings, more unread files or fewer declaring modules never raise a part. That is why what was not
//! seen earns nothing here, rather than something in the middle: otherwise hiding bad sources would pay.

use super::safety::{self, as_f64};
use super::siblings;
use super::weights::Weights;
use super::{Evidence, Ruling, Sources};
use crate::model::{PackageMetadata, ScorePart, Target, Verdict};

/// The parts of the score of a package whose verdict is known.
pub(super) fn parts(
    evidence: &Evidence<'_>,
    ruling: &Ruling,
    target: &Target,
    weights: &Weights,
) -> Vec<ScorePart> {
    if ruling.verdict == Verdict::PurePython {
        return vec![pure_python(evidence, target, weights)];
    }
    vec![
        availability(evidence, ruling.verdict, target, weights),
        declaration(ruling, weights),
        hazards(evidence, weights),
        care(evidence, weights),
    ]
}

fn part(id: &str, share: f64, of: u32, why: impl Into<String>) -> ScorePart {
    let points = (share.clamp(0.0, 1.0) * f64::from(of)).round();
    // `share` is within 0 and 1 and `of` at most 100, so this neither truncates nor wraps.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above")]
    let points = points as u32;
    ScorePart { part: id.to_owned(), points, of, why: why.into() }
}

fn pure_python(evidence: &Evidence<'_>, target: &Target, weights: &Weights) -> ScorePart {
    let (points, why) = if siblings::falls_back(evidence, target) {
        (weights.pure_python.fall_back, "pure Python here, compiled for other targets")
    } else {
        (weights.pure_python.alone, "no extension module")
    };
    ScorePart { part: "pure-python".to_owned(), points, of: 100, why: why.to_owned() }
}

fn availability(evidence: &Evidence<'_>, verdict: Verdict, target: &Target, weights: &Weights) -> ScorePart {
    let w = &weights.availability;
    if matches!(evidence.sources, Sources::Tree(_)) && evidence.wheels.is_empty() {
        return part("availability", 1.0, w.of, "a working tree: nothing is released that could be missing");
    }
    let found = siblings::platforms(evidence.wheels, target.python);
    let (usable, compiled) = (found.usable.len(), found.compiled.len());
    let spread = if compiled == 0 { 1.0 } else { small(usable) / small(compiled) };
    let siblings = w.siblings * spread;
    let on = if compiled == 0 {
        String::new()
    } else {
        format!("; {usable} of {compiled} platforms with compiled wheels have one for {}", target.python)
    };
    match (evidence.wheel, verdict) {
        (Some(_), Verdict::Unavailable) => {
            part("availability", 0.0, w.of, format!("its wheel does not fit{on}"))
        }
        (Some(_), _) => {
            part("availability", w.wheel + siblings, w.of, format!("a wheel is there for {target}{on}"))
        }
        (None, Verdict::BuildRequired) => {
            part("availability", w.sources + siblings, w.of, format!("to be built from source{on}"))
        }
        (None, _) => part("availability", 0.0, w.of, format!("nothing to install on {target}{on}")),
    }
}

/// Numbers of modules and platforms, always far below 2^32.
fn small(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn declaration(ruling: &Ruling, weights: &Weights) -> ScorePart {
    let w = &weights.declaration;
    let tally = ruling.tally;
    if tally.all == 0 {
        return part("declaration", 0.0, w.of, "no module that could declare");
    }
    let trusted = small(tally.by_author) * w.author + small(tally.by_generator) * w.generator_default;
    let share = trusted / small(tally.all);
    let why = format!(
        "{} of {} modules declare ({} by their author, {} by the generator's default)",
        tally.declare(),
        tally.all,
        tally.by_author,
        tally.by_generator
    );
    let keeps_off = matches!(ruling.verdict, Verdict::Ready | Verdict::BuildRequired);
    let share = if keeps_off { share } else { share * w.one_turns_it_on };
    part("declaration", share, w.of, why)
}

fn hazards(evidence: &Evidence<'_>, weights: &Weights) -> ScorePart {
    let w = &weights.hazards;
    let seen = safety::share_looked_at(evidence);
    let Some(opened) = evidence.sources.read().filter(|_| seen > 0.0) else {
        return part("hazards", 0.0, w.of, "no sources were looked at");
    };
    let mut count: u32 = 0;
    let mut weight = 0.0;
    for finding in safety::findings(evidence) {
        count = count.saturating_add(1);
        weight += w.severity(finding.severity) * w.confidence(finding.confidence) * w.live(finding.live);
    }
    let lines = as_f64(opened.seen.looked.source_lines.max(u64::from(w.least_lines)));
    let density = weight / (lines / 1000.0);
    let share = seen / (1.0 + density / w.half);
    let looked =
        if seen < 1.0 { format!(", {:.0} % of the sources looked at", seen * 100.0) } else { String::new() };
    part(
        "hazards",
        share,
        w.of,
        format!(
            "{count} finding{} in {} source lines, {density:.2} of weight per 1000{looked}",
            if count == 1 { "" } else { "s" },
            opened.seen.looked.source_lines
        ),
    )
}

fn care(evidence: &Evidence<'_>, weights: &Weights) -> ScorePart {
    let w = &weights.care;
    let level =
        metadata(evidence).flat_map(|metadata| metadata.classifiers.iter()).filter_map(|c| level(c)).max();
    let (share, said) = match level {
        Some(Level::Resilient) => (w.classifier.resilient, "resilient"),
        Some(Level::Stable) => (w.classifier.stable, "stable"),
        Some(Level::Beta) => (w.classifier.beta, "beta"),
        Some(Level::Plain) => (w.classifier.plain, "some support"),
        Some(Level::Unstable) => (w.classifier.unstable, "unstable"),
        None => (0.0, ""),
    };
    let claimed = if said.is_empty() {
        "no classifier claims support".to_owned()
    } else {
        format!("classifiers claim: {said}")
    };
    let tests = evidence.sources.read().map_or(0, |opened| opened.seen.looked.threaded_tests);
    let (tested, tests_share) = match tests {
        0 => ("no test that starts threads was seen".to_owned(), 0.0),
        1 => ("1 test file starts threads".to_owned(), w.threaded_tests),
        n => (format!("{n} test files start threads"), w.threaded_tests),
    };
    part("care", share + tests_share, w.of, format!("{claimed}; {tested}"))
}

fn metadata<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a PackageMetadata> + use<'a> {
    evidence
        .wheel
        .into_iter()
        .chain(evidence.sources.read())
        .filter_map(|opened| opened.seen.metadata.as_ref())
}

/// Levels of the classifier, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Unstable,
    Plain,
    Beta,
    Stable,
    Resilient,
}

fn level(classifier: &str) -> Option<Level> {
    let rest = classifier.strip_prefix("Programming Language :: Python :: Free Threading")?;
    let rest = rest.trim_start_matches([' ', ':']);
    match rest.chars().next() {
        None => Some(Level::Plain),
        Some('1') => Some(Level::Unstable),
        Some('2') => Some(Level::Beta),
        Some('3') => Some(Level::Stable),
        Some('4') => Some(Level::Resilient),
        Some(_) => None,
    }
}
