//! Gaps: what could not be looked at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may hide behind a gap, and so what it forbids to conclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hides {
    /// A declaration, or a module that lacks one: no verdict but `unknown` is possible.
    Claims,
    /// Hazards: sources were not, or not fully, looked at. Safety is affected, the verdict is not.
    Hazards,
    /// Neither: a note of what was left out (metadata, a file of no concern).
    Nothing,
}

/// Something that could not be looked at. A gap is never a pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// File name of the artifact, or empty when none could be had.
    pub artifact: String,
    /// The member, or empty when the gap is the whole artifact.
    pub path: String,
    /// What stood in the way, as a sentence without a full stop.
    pub reason: String,
    /// What it may hide.
    pub hides: Hides,
}

impl Gap {
    /// A gap in a member of the artifact at hand; the artifact's name is filled in by whoever knows it.
    pub fn new(path: impl Into<String>, hides: Hides, reason: impl Into<String>) -> Self {
        Self { artifact: String::new(), path: path.into(), reason: reason.into(), hides }
    }
}
