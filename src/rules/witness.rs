//! Judges a rule by its witnesses: files that must fire on the marked lines, and files that must stay silent.
//!
//! Bytes and findings in, complaints out. Who reads the folder and who scans is the caller's business: the
//! project's own test harness and `ungil rules test` share this.

use std::collections::BTreeSet;

use super::Rule;
use crate::model::Finding;

/// The mark that a line of a bad witness carries when the rule must fire there.
pub const MARK: &str = "FIRES";

/// Which side a witness is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// In `bad/`: the marked lines fire.
    Bad,
    /// In `good/`: a near miss, silent.
    Good,
}

/// The lines, from 1, that carry the mark.
pub fn marked(bytes: &[u8]) -> BTreeSet<u32> {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1_u32..);
    let has = |line: &[u8]| memchr::memmem::find(line, MARK.as_bytes()).is_some();
    lines.filter(|(line, _)| has(line)).map(|(_, at)| at).collect()
}

/// The lines on which the rule fires, by the findings of a scan of the witness.
pub fn fired(rule: &Rule, findings: &[Finding]) -> BTreeSet<u32> {
    findings.iter().filter(|one| one.rule == rule.id).map(|one| one.location.line).collect()
}

/// What is wrong with a rule by one of its witnesses, one sentence each; empty if nothing is.
pub fn complaints(rule: &Rule, side: Side, name: &str, bytes: &[u8], findings: &[Finding]) -> Vec<String> {
    let mut out = Vec::new();
    let (marked, fired) = (marked(bytes), fired(rule, findings));
    match side {
        Side::Bad if marked.is_empty() => out.push(format!("{name}: no line carries {MARK}")),
        Side::Good if !marked.is_empty() => out.push(format!("{name}: a good witness carries {MARK}")),
        _ => {}
    }
    if side == Side::Good {
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if !String::from_utf8_lossy(first).to_ascii_lowercase().contains("near miss") {
            out.push(format!("{name}: the first line does not say which near miss it is"));
        }
    }
    for line in marked.difference(&fired) {
        out.push(format!("{name}:{line}: {} is silent, and should fire", rule.id));
    }
    for line in fired.difference(&marked) {
        out.push(format!("{name}:{line}: {} fires, and should be silent", rule.id));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    #[test]
    fn silence_where_a_mark_stands_is_a_complaint_and_so_is_a_missing_near_miss() {
        let rule = RuleSet::builtin().get("dict-iteration").expect("a builtin rule");
        let bad = complaints(rule, Side::Bad, "bad/x.c", b"a\nb /* FIRES */\n", &[]);
        assert_eq!(bad, ["bad/x.c:2: dict-iteration is silent, and should fire"]);
        assert_eq!(complaints(rule, Side::Bad, "bad/x.c", b"a\n", &[]).len(), 1);
        assert_eq!(complaints(rule, Side::Good, "good/x.c", b"/* fine */\n", &[]).len(), 1);
        assert!(complaints(rule, Side::Good, "good/x.c", b"/* Near miss: locked. */\n", &[]).is_empty());
    }
}
