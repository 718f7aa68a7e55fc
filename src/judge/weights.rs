//! Weights and thresholds of the score, read from `rules/scoring.toml` and checked.
//!
//! What a score is made of is data with a version, so that two scores can be compared and a change is visible. The
//! checks hold what the arithmetic relies on: parts of 100 points in all, and shares between 0 and 1.

use serde::Deserialize;

use crate::model::{Confidence, Severity};

/// The weights, checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weights {
    /// Raised with every change; appears in the report.
    pub version: String,
    /// Date of that version.
    pub date: String,
    pub(super) availability: Availability,
    pub(super) declaration: Declaration,
    pub(super) hazards: Hazards,
    pub(super) care: Care,
    pub(super) pure_python: PurePython,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Availability {
    pub title: String,
    pub of: u32,
    pub wheel: f64,
    pub siblings: f64,
    pub sources: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Declaration {
    pub title: String,
    pub of: u32,
    pub author: f64,
    pub generator_default: f64,
    pub one_turns_it_on: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Hazards {
    pub title: String,
    pub of: u32,
    pub half: f64,
    pub least_lines: u32,
    severity: BySeverity,
    confidence: ByConfidence,
    live: ByLife,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct BySeverity {
    high: f64,
    medium: f64,
    low: f64,
    note: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByConfidence {
    high: f64,
    medium: f64,
    low: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByLife {
    yes: f64,
    unknown: f64,
    no: f64,
}

impl Hazards {
    pub fn severity(&self, severity: Severity) -> f64 {
        match severity {
            Severity::High => self.severity.high,
            Severity::Medium => self.severity.medium,
            Severity::Low => self.severity.low,
            Severity::Note => self.severity.note,
        }
    }

    pub fn confidence(&self, confidence: Confidence) -> f64 {
        match confidence {
            Confidence::High => self.confidence.high,
            Confidence::Medium => self.confidence.medium,
            Confidence::Low => self.confidence.low,
        }
    }

    pub fn live(&self, live: Option<bool>) -> f64 {
        match live {
            Some(true) => self.live.yes,
            Some(false) => self.live.no,
            None => self.live.unknown,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Care {
    pub title: String,
    pub of: u32,
    pub threaded_tests: f64,
    pub classifier: ByLevel,
}

/// Shares by the level that a classifier claims.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByLevel {
    pub plain: f64,
    pub unstable: f64,
    pub beta: f64,
    pub stable: f64,
    pub resilient: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PurePython {
    pub title: String,
    pub alone: u32,
    pub fall_back: u32,
}

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidWeights {
    /// Not the shape of `rules/scoring.toml`.
    #[error("weights not understood: {0}")]
    Shape(#[from] toml::de::Error),
    /// A number that the score's arithmetic does not allow.
    #[error("weights not usable: {0}")]
    Value(String),
}

impl Weights {
    /// The weights this program was built with.
    pub fn builtin() -> Self {
        Self::parse(include_str!("../../rules/scoring.toml"))
            .expect("rules/scoring.toml is checked by this file's tests")
    }

    /// Reads and checks weights written as `rules/scoring.toml` is.
    ///
    /// # Errors
    /// If the text is not TOML of that shape, parts do not add up to 100, or a share leaves 0 to 1.
    pub fn parse(text: &str) -> Result<Self, InvalidWeights> {
        let weights: Self = toml::from_str(text)?;
        weights.check().map_err(InvalidWeights::Value)?;
        Ok(weights)
    }

    fn check(&self) -> Result<(), String> {
        let (a, d, h, c) = (&self.availability, &self.declaration, &self.hazards, &self.care);
        let sum: u64 = [a.of, d.of, h.of, c.of].iter().map(|of| u64::from(*of)).sum();
        if sum != 100 {
            return Err(format!("the parts add up to {sum}, not 100"));
        }
        let shares = [
            ("availability.wheel + availability.siblings", a.wheel + a.siblings),
            ("availability.wheel", a.wheel),
            ("availability.siblings", a.siblings),
            ("availability.sources", a.sources),
            ("declaration.author", d.author),
            ("declaration.generator-default", d.generator_default),
            ("declaration.one-turns-it-on", d.one_turns_it_on),
            ("care.classifier.plain", c.classifier.plain),
            ("care.classifier.unstable", c.classifier.unstable),
            ("care.classifier.beta", c.classifier.beta),
            ("care.classifier.stable", c.classifier.stable),
            ("care.classifier.resilient", c.classifier.resilient),
            ("care.threaded-tests", c.threaded_tests),
        ];
        for (name, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                return Err(format!("{name} is {share}, not between 0 and 1"));
            }
        }
        let amounts = [
            h.severity.high,
            h.severity.medium,
            h.severity.low,
            h.severity.note,
            h.confidence.high,
            h.confidence.medium,
            h.confidence.low,
            h.live.yes,
            h.live.unknown,
            h.live.no,
        ];
        if amounts.iter().any(|n| !n.is_finite() || *n < 0.0) {
            return Err("a weight of hazards is negative or not a number".into());
        }
        if !(h.half.is_finite() && h.half > 0.0) || h.least_lines == 0 {
            return Err("hazards.half and hazards.least-lines have to be above 0".into());
        }
        if self.pure_python.alone > 100 || self.pure_python.fall_back > 100 {
            return Err("points of pure-python are above 100".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILTIN: &str = include_str!("../../rules/scoring.toml");

    #[test]
    fn the_weights_in_the_repository_are_usable() {
        assert!(!Weights::builtin().version.is_empty());
    }

    #[test]
    fn weights_that_break_the_arithmetic_are_refused() {
        let cases = [
            ("of = 50", "of = 51"),
            ("author = 1.0 ", "author = 1.5 "),
            ("half = 2.0", "half = 0.0"),
            ("least-lines = 2000", "least-lines = 0"),
            ("high = 8.0", "high = -8.0"),
            ("alone = 100", "alone = 101"),
            ("threaded-tests", "threaded-test"),
        ];
        for (from, to) in cases {
            let text = BUILTIN.replacen(from, to, 1);
            assert_ne!(text, BUILTIN, "{from} is in the file");
            assert!(Weights::parse(&text).is_err(), "{to}");
        }
    }
}
