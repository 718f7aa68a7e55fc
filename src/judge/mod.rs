//! Turns what was observed into a verdict, a safety statement and a score.
//!
//! In go the [`Evidence`] about one release and the [`Target`]; out comes a [`Judgement`]. Nothing else takes part: no
//! clock, no network, no options. Two questions are answered and never mixed: the *verdict* is about loading with the
//! GIL off and rests on binaries (or, where there is none to load, on what the sources declare); *safety* is about what
//! the sources show. A declaration is a promise, so hazards never change a verdict.
//!
//! Certain bad news outranks a gap: one module that was read to its end and does not declare turns the GIL on whatever
//! an unread neighbour says, so the verdict is `needs-gil` and not `unknown`. A gap never improves anything.

mod explain;
mod safety;
mod score;
mod siblings;
mod sources;
mod weights;
mod wheel;

use crate::model::{Gap, Hides, Judgement, Observed, Score, Target, Verdict};

pub use explain::explain_score;
pub use weights::{InvalidWeights, Weights};

/// An artifact that was opened, and what was seen in it.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    /// Its file name; wheel tags are read from it.
    pub filename: &'a str,
    /// What was seen. If it could not be read at all, an empty value with a gap that hides claims.
    pub seen: &'a Observed,
}

/// What is known of a release's sources.
#[derive(Debug, Clone, Copy)]
pub enum Sources<'a> {
    /// The release has no sdist.
    Absent,
    /// There is one that was not looked at.
    Unread {
        /// Its file name.
        filename: &'a str,
        /// Why not, as a phrase: `not asked for`, `the download failed: …`.
        why: &'a str,
    },
    /// The release's sdist was read.
    Sdist(Opened<'a>),
    /// A working tree was read: nothing is released, so availability of wheels is no question.
    Tree(Opened<'a>),
}

impl<'a> Sources<'a> {
    fn read(&self) -> Option<Opened<'a>> {
        match self {
            Self::Sdist(opened) | Self::Tree(opened) => Some(*opened),
            Self::Absent | Self::Unread { .. } => None,
        }
    }

    fn filename(&self) -> Option<&'a str> {
        match self {
            Self::Absent => None,
            Self::Unread { filename, .. } => Some(filename),
            Self::Sdist(opened) | Self::Tree(opened) => Some(opened.filename),
        }
    }
}

/// All that bears on one release for one target.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The wheel that an installer on the target would choose, if there is one.
    pub wheel: Option<Opened<'a>>,
    /// The sources.
    pub sources: Sources<'a>,
    /// File names of all wheels of the release, the chosen one included; order does not matter.
    pub wheels: &'a [String],
    /// Gaps that belong to no opened artifact (a file that could not be fetched). One that hides claims makes the
    /// verdict unknown unless a module certainly turns the GIL on; one about the sdist only matters without a wheel.
    pub problems: &'a [Gap],
}

/// Judges one release for one target.
///
/// On a target with the GIL the question does not arise; commands refuse such targets before (see
/// [`refuse`]), and here the verdict is `unknown` with that reason.
pub fn package(evidence: &Evidence<'_>, target: &Target, weights: &Weights) -> Judgement {
    let mut ruling = match (refuse(target), evidence.wheel) {
        (Some(reason), _) => Ruling::new(Verdict::Unknown, reason),
        (None, Some(wheel)) => wheel::rule(wheel, target),
        (None, None) => sources::rule(evidence, target),
    };
    if ruling.verdict != Verdict::NeedsGil
        && let Some(gap) = blocking(evidence)
    {
        ruling.cloud(gap);
    }
    let hazards = safety::count(evidence, ruling.verdict);
    let safety = safety::state(evidence, ruling.verdict, &hazards);
    ruling.because.extend(safety::reasons(evidence, ruling.verdict, safety, &hazards));
    ruling.because.extend(siblings::reasons(evidence, ruling.verdict, target));
    let score = (ruling.verdict != Verdict::Unknown).then(|| {
        let parts = score::parts(evidence, &ruling, target, weights);
        Score { points: parts.iter().map(|part| part.points).sum(), parts }
    });
    Judgement {
        verdict: ruling.verdict,
        safety,
        hazards,
        score,
        because: ruling.because,
        turns_gil_on: ruling.turns_gil_on,
    }
}

/// Why a target cannot be judged, or `None` when it can: the audit's question exists only for free-threaded builds.
pub fn refuse(target: &Target) -> Option<String> {
    (!target.python.is_free_threaded()).then(|| {
        format!(
            "Python {python} has the GIL always on; ask about a free-threaded build, such as {python}t",
            python = target.python
        )
    })
}

/// A verdict with what led to it, before safety and score are known.
#[derive(Debug, Clone)]
struct Ruling {
    verdict: Verdict,
    because: Vec<String>,
    /// Modules that turn the GIL on.
    turns_gil_on: Vec<String>,
    /// Modules (of the wheel, or of the sources) that count for the declaration part, by who declares.
    tally: Tally,
}

/// How many modules declare, and on whose word.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    all: usize,
    by_author: usize,
    by_generator: usize,
}

impl Tally {
    fn declare(self) -> usize {
        self.by_author.saturating_add(self.by_generator)
    }
}

impl Ruling {
    fn new(verdict: Verdict, because: String) -> Self {
        Self { verdict, because: vec![because], turns_gil_on: Vec::new(), tally: Tally::default() }
    }

    /// Something that may hide a claim was not looked at: whatever else holds, the answer is not known.
    fn cloud(&mut self, gap: &Gap) {
        let place = [gap.artifact.as_str(), gap.path.as_str()]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(": ");
        let reason = if place.is_empty() { gap.reason.clone() } else { format!("{place}: {}", gap.reason) };
        self.verdict = Verdict::Unknown;
        if !self.because.contains(&reason) {
            self.because.insert(0, reason);
        }
    }
}

/// The first gap outside the opened artifacts that forbids a verdict.
fn blocking<'a>(evidence: &Evidence<'a>) -> Option<&'a Gap> {
    let sdist = evidence.sources.filename();
    evidence.problems.iter().find(|gap| {
        gap.hides == Hides::Claims
            && !(evidence.wheel.is_some() && sdist.is_some_and(|name| name == gap.artifact))
    })
}

/// `a, b, c and 4 more`: enough names to recognise, few enough to read.
fn listing<S: AsRef<str>>(names: &[S]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    match names.len().checked_sub(shown.len()) {
        None | Some(0) => match shown.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => shown.concat(),
        },
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `1 module`, `2 modules`.
fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

#[cfg(test)]
mod tests;
