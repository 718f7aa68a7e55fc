//! What is said of a package for a target.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Confidence, Severity};

/// Does it load on the target, and keep the GIL off?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It loads, and turns the GIL back on.
    NeedsGil,
    /// Nothing that a free-threaded interpreter of the target would load, nor sources that declare.
    Unavailable,
    /// Something that matters could not be looked at.
    Unknown,
    /// No wheel for the target, and the sdist's sources declare support.
    BuildRequired,
    /// Every extension module that can be imported declares that it does not use the GIL.
    Ready,
    /// No extension module.
    PurePython,
}

/// What do the sources show?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// Findings at medium confidence or above.
    Hazards,
    /// No sources could be looked at.
    Unseen,
    /// Looked at; nothing at medium confidence or above.
    Clean,
    /// Nothing to look at: pure Python.
    None,
}

/// Findings counted by severity, then by confidence. Only findings that [count](super::Finding::counts).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct HazardCounts(pub BTreeMap<Severity, BTreeMap<Confidence, u32>>);

impl HazardCounts {
    /// Counts one more.
    pub fn add(&mut self, severity: Severity, confidence: Confidence) {
        *self.0.entry(severity).or_default().entry(confidence).or_default() += 1;
    }

    /// How many at this severity with at least this confidence.
    pub fn at(&self, severity: Severity, at_least: Confidence) -> u32 {
        self.0.get(&severity).map_or(0, |row| row.range(at_least..).map(|(_, n)| n).sum())
    }
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScorePart {
    /// Id of the part in `rules/scoring.toml`.
    pub part: String,
    /// Points given.
    pub points: u32,
    /// Points possible.
    pub of: u32,
    /// Why, in one sentence.
    pub why: String,
}

/// A score: 0 to 100, with its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// 0 to 100.
    pub points: u32,
    /// What it is made of; the points of the parts add up to `points`.
    pub parts: Vec<ScorePart>,
}

/// What is said of one package for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Loads and keeps the GIL off?
    pub verdict: Verdict,
    /// What the sources show.
    pub safety: Safety,
    /// Counted findings.
    pub hazards: HazardCounts,
    /// `None` exactly for [`Verdict::Unknown`]. Pure Python has one by a rule of its own and stays out of ratios.
    pub score: Option<Score>,
    /// Reasons, most important first, one sentence each.
    pub because: Vec<String>,
    /// Dotted names of the modules that certainly turn the GIL on, sorted; empty unless the verdict is
    /// [`Verdict::NeedsGil`].
    pub turns_gil_on: Vec<String>,
}
