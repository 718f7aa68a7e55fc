//! Detectors that need one file alone: what no query can say, because it is about paths and stretches.

use super::scan::Scan;
use super::summary::Pending;
use crate::rules::RuleSet;

/// Runs them.
pub fn file(_scan: &Scan<'_>, _rules: &RuleSet, _out: &mut Vec<Pending>) {}
