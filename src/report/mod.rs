//! Writes judgements for people and programs.
//!
//! [`Document`] is the report: what the JSON schema describes, and the only thing the writers read. It is built once,
//! sorted, from what `judge` said; each writer is a pure function from it to text, and the caller decides where that
//! goes, how wide it is and whether it has colours. Nothing here knows the time of day, so the same inputs give the
//! same bytes.

mod attributed;
mod document;
mod findings;
mod gate;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod matrix;
mod place;
mod plan;
mod sarif;
mod text;
mod tree;
mod way_out;

pub use document::{
    ByTarget, Change, Document, Failure, FixedRow, Package, PackageParts, Requirer, ReviewRow, Summary,
    TargetRow, Tool, WayOut,
};
pub use findings::{FindingOptions, FindingStyle, TextOf, findings};
pub use gate::{FAIL_ON_HELP, FailOn, InvalidFailOn, exit_code};
pub use github::github;
pub use gitlab::gitlab;
pub use json::{json, jsonl, schema};
pub use junit::junit;
pub use markdown::markdown;
pub use place::shown_path;
pub use plan::{PlanExtras, plan};
pub use sarif::{RuleHelp, sarif};
pub use text::{TextOptions, text};
pub use way_out::constraints;

#[cfg(test)]
mod sample;
