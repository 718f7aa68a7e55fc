//! The wheel gate: whether what a release ships is what its file names and its metadata say.
//!
//! What was seen in the wheels of one release goes in, findings come out, worded by the rules of `rules/wheels/`. A
//! wheel alone is held against itself; several are held against each other as well. Nothing here is about sources or
//! verdicts: a wheel that passes may still turn the GIL on where its author lists the module as one that may.
//!
//! Only contradictions are told. What could not be read is a gap, and told as such elsewhere.

mod one;
mod release;

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::knowledge::Knowledge;
use crate::model::{Finding, Location, Observed};
use crate::rules::{Language, RuleSet};
use crate::select::WheelName;

/// A wheel that was read.
#[derive(Debug, Clone, Copy)]
pub struct Shipped<'a> {
    /// Its file name.
    pub filename: &'a str,
    /// What was seen in it.
    pub seen: &'a Observed,
}

/// A wheel with its name taken apart.
struct Wheel<'a> {
    filename: &'a str,
    name: WheelName,
    seen: &'a Observed,
    platforms: Vec<Kind>,
}

/// What all checks need.
struct Gate<'a> {
    known: &'a Knowledge,
    rules: &'a RuleSet,
    may_need_gil: &'a BTreeSet<String>,
}

/// What fills a rule's wording.
#[derive(Debug, Clone, Copy, Default)]
struct Told<'t> {
    member: &'t str,
    module: &'t str,
    says: &'t str,
    shows: &'t str,
    place: &'t str,
}

/// Holds the wheels of one release against what they say. A wheel whose name cannot be read is left out: no installer
/// would take it, and that is told where it was chosen.
pub fn findings(
    wheels: &[Shipped<'_>],
    may_need_gil: &BTreeSet<String>,
    known: &Knowledge,
    rules: &RuleSet,
) -> Vec<Finding> {
    let gate = Gate { known, rules, may_need_gil };
    let wheels: Vec<Wheel<'_>> = wheels
        .iter()
        .filter_map(|shipped| {
            let name: WheelName = shipped.filename.parse().ok()?;
            let platforms = name.platform.iter().flat_map(|tag| Kind::of_tag(tag)).collect();
            Some(Wheel { filename: shipped.filename, name, seen: shipped.seen, platforms })
        })
        .collect();
    let mut out = Vec::new();
    for wheel in &wheels {
        gate.one(wheel, &mut out);
    }
    gate.release(&wheels, &mut out);
    out.sort_by(|a, b| (&a.artifact, &a.location, &a.rule).cmp(&(&b.artifact, &b.location, &b.rule)));
    out.dedup_by(|a, b| a.fingerprint == b.fingerprint && a.artifact == b.artifact);
    out
}

impl Gate<'_> {
    /// Words a contradiction.
    fn tell(&self, case: &str, wheel: &Wheel<'_>, told: Told<'_>, out: &mut Vec<Finding>) {
        let filling =
            [("module", told.module), ("says", told.says), ("shows", told.shows), ("where", told.place)];
        // Without the version, so that what was accepted of one release stays accepted in the next.
        let fingerprint = {
            let mut hash = Sha256::new();
            for part in [case, &wheel.name.tag_text(), told.member, told.module, told.says, told.shows] {
                hash.update(part.as_bytes());
                hash.update([0]);
            }
            hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let path = if told.member.is_empty() { wheel.filename } else { told.member };
        out.extend(self.rules.word("wheel", case, Language::Wheel, &filling).map(|wording| Finding {
            rule: wording.rule,
            class: wording.class,
            severity: wording.severity,
            confidence: wording.confidence,
            artifact: wheel.filename.to_owned(),
            location: Location { path: path.to_owned(), line: 1, column: 1, end_line: 1, end_column: 1 },
            function: String::new(),
            owner: String::new(),
            message: wording.message,
            fix: wording.fix,
            fingerprint: fingerprint.clone(),
            origin: None,
            live: None,
            related: Vec::new(),
            correction: None,
            suppressed: None,
        }));
    }
}

/// A platform by kind and machine, without the versions that a tag promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    system: &'static str,
    machine: &'static str,
}

impl Kind {
    /// The kinds a platform tag names: two for a universal one, none for `any` and what is not known.
    fn of_tag(tag: &str) -> Vec<Self> {
        const MACHINES: [(&str, &str); 13] = [
            ("x86_64", "x86_64"),
            ("amd64", "x86_64"),
            ("aarch64", "aarch64"),
            ("arm64", "aarch64"),
            ("i686", "i686"),
            ("i386", "i686"),
            ("win32", "i686"),
            ("armv7l", "armv7"),
            ("ppc64le", "ppc64le"),
            ("s390x", "s390x"),
            ("riscv64", "riscv64"),
            ("loongarch64", "loong64"),
            ("armv6l", "armv6"),
        ];
        let system = if tag.starts_with("musllinux") {
            "musl Linux"
        } else if tag.starts_with("manylinux") || tag.starts_with("linux") {
            "Linux"
        } else if tag.starts_with("macosx") {
            "macOS"
        } else if tag.starts_with("win") {
            "Windows"
        } else {
            return Vec::new();
        };
        if system == "macOS" && tag.ends_with("universal2") {
            return vec![Self { system, machine: "aarch64" }, Self { system, machine: "x86_64" }];
        }
        let machine = MACHINES.iter().find(|(end, _)| tag.ends_with(end)).map(|(_, machine)| *machine);
        machine.map(|machine| Self { system, machine }).into_iter().collect()
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.system, self.machine)
    }
}

#[cfg(test)]
mod tests;
