//! The report as a value: schema 1 of the contract.
//!
//! Field names and meanings are promised to other programs; fields may be added, none may change. With several targets
//! a package has one verdict, the worst, together with the safety, score and reasons of that same target, so that the
//! row is one judgement and not a mixture; `by_target` has them all.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::accept::Unused;
use crate::model::{
    Artifact, ArtifactKind, Finding, Gap, HazardCounts, Judgement, Safety, ScorePart, Target, Verdict,
};

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Version of this format: 1.
    pub schema: u32,
    /// What made the report.
    pub tool: Tool,
    /// What the verdicts are for.
    pub targets: Vec<TargetRow>,
    /// One row per package and version, sorted by name.
    pub packages: Vec<Package>,
    /// Counts over all packages.
    pub summary: Summary,
    /// Requests that could not be looked at at all.
    pub failures: Vec<Failure>,
    /// The smallest change found that makes the set, or the largest part of it, ready: requirements to paste.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What a maintainer's choices made of the findings; absent for an audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewRow>,
}

/// A requirement that would make something ready.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What to ask for: `numpy>=2.1`.
    pub requirement: String,
    /// The lines that it must replace; empty where it can simply be added, as a constraint.
    pub replaces: Vec<String>,
    /// What it does, as a sentence.
    pub why: String,
}

/// What a maintainer's choices made of the findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewRow {
    /// How many findings were accepted, by `comment`, `config` and `baseline`; they are in the rows, marked.
    pub accepted: BTreeMap<String, u32>,
    /// How many were not asked for; they are not in the rows.
    pub left_out: u32,
    /// Suppressions that do nothing, or not what was meant.
    pub unused_suppressions: Vec<Unused>,
    /// What the baseline has and nothing shows any more.
    pub fixed: Vec<FixedRow>,
}

/// A finding of a baseline that is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FixedRow {
    /// The file.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// The function, or empty.
    pub function: String,
    /// What was found.
    pub message: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// How many are gone.
    pub count: u32,
}

/// What made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `ungil`.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// Version of the rules and weights: it changes when any of them does.
    pub rules: String,
}

/// An interpreter build on a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct TargetRow {
    /// `3.14t`.
    pub python: String,
    /// A wheel platform tag.
    pub platform: String,
}

impl From<&Target> for TargetRow {
    fn from(target: &Target) -> Self {
        Self { python: target.python.to_string(), platform: target.platform.to_string() }
    }
}

/// What is said of one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// Normalised project name, or the path as given for what has none.
    pub name: String,
    /// The version; null for a tree that does not tell.
    pub version: Option<String>,
    /// Who asked for it: `requirements.txt:3`, `command line`.
    pub requested_by: Vec<String>,
    /// Which packages of the report need it, over all targets.
    #[serde(default)]
    pub required_by: Vec<Requirer>,
    /// What would make it ready, where it is not and that was looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_out: Option<WayOut>,
    /// Does it load and keep the GIL off? The worst over all targets.
    pub verdict: Verdict,
    /// What do the sources show?
    pub safety: Safety,
    /// Findings that count, by severity and confidence.
    pub hazards: HazardCounts,
    /// 0 to 100; null exactly when the verdict is `unknown`.
    pub score: Option<u32>,
    /// What the score is made of; the points add up to it.
    pub score_parts: Vec<ScorePart>,
    /// Reasons, most important first.
    pub because: Vec<String>,
    /// The same per target, in the order of `targets`.
    pub by_target: Vec<ByTarget>,
    /// What was read.
    pub artifacts: Vec<Artifact>,
    /// Evidence in sources.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

/// A package that needs another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Requirer {
    /// Its normalised project name.
    pub name: String,
    /// The extra of it that asks, if one does. Where a lock does not tell which extras were asked for, one that would.
    pub extra: Option<String>,
    /// What it asks for, without the marker: `numpy>=2`.
    pub requirement: String,
}

/// What would make a package ready.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct WayOut {
    /// The first release that is ready for every target for which this one is not; null if there is none.
    pub first_ready: Option<String>,
    /// Who forbids it, one sentence each: `requirements.txt:3 asks for numpy<2`.
    pub forbidden_by: Vec<String>,
    /// What is known besides, as a sentence.
    pub note: String,
}

/// What is said of a package for one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ByTarget {
    /// `3.14t`.
    pub python: String,
    /// A wheel platform tag.
    pub platform: String,
    /// The file that an installer there would take: a wheel, or the sdist where there is none; null for nothing.
    pub installs: Option<String>,
    /// The verdict for this target.
    pub verdict: Verdict,
    /// What the sources show.
    pub safety: Safety,
    /// Score for this target; null exactly when the verdict is `unknown`.
    pub score: Option<u32>,
    /// Dotted names of the modules that turn the GIL on.
    pub turns_gil_on: Vec<String>,
    /// Reasons, most important first.
    pub because: Vec<String>,
}

/// A request that could not be looked at at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What was asked: `numpy==99`.
    pub request: String,
    /// Who asked.
    pub requested_by: Vec<String>,
    /// What stood in the way, as a sentence without a full stop. Holds no credentials.
    pub reason: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// Counts over all packages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// How many packages there are, failures not among them.
    pub packages: u32,
    /// How many have each verdict; verdicts that none has are left out.
    pub by_verdict: BTreeMap<Verdict, u32>,
    /// How many requests failed.
    pub failures: u32,
}

/// What a [`Package`] is built from.
#[derive(Debug, Clone)]
pub struct PackageParts {
    /// Normalised project name, or the path as given.
    pub name: String,
    /// The version, if known.
    pub version: Option<String>,
    /// Who asked for it.
    pub requested_by: Vec<String>,
    /// One judgement per target with the file an installer there would take. Must not be empty: a request that led
    /// to no judgement is a [`Failure`].
    pub judgements: Vec<(Target, Option<String>, Judgement)>,
    /// What was read.
    pub artifacts: Vec<Artifact>,
    /// Findings of everything that was read.
    pub findings: Vec<Finding>,
    /// Gaps of everything that was, or was not, read.
    pub gaps: Vec<Gap>,
}

impl Package {
    /// Builds the row. `None` if there is no judgement.
    pub fn new(parts: PackageParts) -> Option<Self> {
        let PackageParts {
            name,
            version,
            mut requested_by,
            judgements,
            mut artifacts,
            mut findings,
            mut gaps,
        } = parts;
        let worst = judgements
            .iter()
            .map(|(_, _, judgement)| judgement)
            .min_by_key(|judgement| (judgement.verdict, judgement.score.as_ref().map(|score| score.points)))?
            .clone();
        let by_target = judgements
            .into_iter()
            .map(|(target, installs, judgement)| ByTarget {
                python: target.python.to_string(),
                platform: target.platform.to_string(),
                installs,
                verdict: judgement.verdict,
                safety: judgement.safety,
                score: judgement.score.map(|score| score.points),
                turns_gil_on: judgement.turns_gil_on,
                because: judgement.because,
            })
            .collect();
        requested_by.sort();
        requested_by.dedup();
        for artifact in &mut artifacts {
            artifact.tags.sort();
            artifact.usable_on.sort();
            artifact.modules.sort();
        }
        artifacts.sort();
        findings.sort_by(|a, b| {
            (&a.artifact, &a.location, &a.rule, a).cmp(&(&b.artifact, &b.location, &b.rule, b))
        });
        findings.dedup();
        gaps.sort();
        gaps.dedup();
        let (score, score_parts) = worst.score.map_or((None, Vec::new()), |s| (Some(s.points), s.parts));
        Some(Self {
            name,
            version,
            requested_by,
            required_by: Vec::new(),
            way_out: None,
            verdict: worst.verdict,
            safety: worst.safety,
            hazards: worst.hazards,
            score,
            score_parts,
            because: worst.because,
            by_target,
            artifacts,
            findings,
            gaps,
        })
    }

    /// Modules that turn the GIL on for some target, sorted.
    pub fn turns_gil_on(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.by_target.iter().flat_map(|row| row.turns_gil_on.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Document {
    /// Puts the rows in order and counts them. `rules` is the version of rules and weights.
    pub fn new(
        rules: impl Into<String>,
        targets: &[Target],
        mut packages: Vec<Package>,
        mut failures: Vec<Failure>,
    ) -> Self {
        packages.sort_by(|a, b| {
            (&a.name, &a.version, &a.requested_by).cmp(&(&b.name, &b.version, &b.requested_by))
        });
        failures.sort();
        failures.dedup();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut summary = Summary {
            packages: count(packages.len()),
            by_verdict: BTreeMap::new(),
            failures: count(failures.len()),
        };
        for package in &packages {
            *summary.by_verdict.entry(package.verdict).or_default() += 1;
        }
        Self {
            schema: 1,
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                rules: rules.into(),
            },
            targets: targets.iter().map(TargetRow::from).collect(),
            packages,
            summary,
            failures,
            changes: Vec::new(),
            review: None,
        }
    }

    /// The packages, worst first: by verdict, then by score, then by name.
    pub fn worst_first(&self) -> Vec<&Package> {
        let mut rows: Vec<&Package> = self.packages.iter().collect();
        rows.sort_by_key(|package| {
            (package.verdict, package.score, package.name.clone(), package.version.clone())
        });
        rows
    }
}

/// The verdict as the report spells it.
pub(super) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NeedsGil => "needs-gil",
        Verdict::Unavailable => "unavailable",
        Verdict::Unknown => "unknown",
        Verdict::BuildRequired => "build-required",
        Verdict::Ready => "ready",
        Verdict::PurePython => "pure-python",
    }
}

/// The sentences below a table: how many of what, pure Python apart.
pub(super) fn summary_lines<'a>(document: &'a Document) -> Vec<String> {
    // What a maintainer has not built yet is no release that one could have or not.
    let only_sources = |package: &Package| {
        let source = |one: &Artifact| matches!(one.kind, ArtifactKind::Tree | ArtifactKind::Sdist);
        document.review.is_some() && package.artifacts.iter().all(|one| source(one) && one.modules.is_empty())
    };
    let of = |verdict: Verdict, sources: bool| -> Vec<&'a str> {
        let fits = |package: &&Package| package.verdict == verdict && only_sources(package) == sources;
        let name = |package: &'a Package| match package.name.as_str() {
            "." | "./" => "this folder",
            name => name,
        };
        document.packages.iter().filter(fits).map(name).collect()
    };
    let named = |verdict: Verdict| of(verdict, false);
    let pure = named(Verdict::PurePython).len().saturating_add(of(Verdict::PurePython, true).len());
    let all_native = document.packages.len().saturating_sub(pure);
    let unbuilt = document
        .packages
        .iter()
        .filter(|package| only_sources(package) && package.verdict != Verdict::PurePython)
        .count();
    let native = all_native.saturating_sub(unbuilt);
    let mut lines = Vec::new();
    for (verdict, one, more) in [
        (
            Verdict::Unavailable,
            "will turn the GIL back on once it is built, because its sources do not declare",
            "will turn the GIL back on once they are built, because their sources do not declare",
        ),
        (Verdict::BuildRequired, "declares in its sources", "declare in their sources"),
        (Verdict::Unknown, "could not be told from its sources", "could not be told from their sources"),
    ] {
        let names = of(verdict, true);
        if !names.is_empty() {
            let words = if names.len() == 1 { one } else { more };
            lines.push(format!("{} {words}: {}.", names.len(), names.join(", ")));
        }
    }
    if document.packages.is_empty() {
        lines.push("There was nothing to look at.".to_owned());
    } else if native == 0 && unbuilt > 0 {
        if pure > 0 {
            lines.push(format!("{} of pure Python, not counted above.", packages(pure)));
        }
    } else if native == 0 {
        lines.push(format!("{}, all pure Python: nothing here turns the GIL on.", packages(pure)));
    } else {
        let culprits = named(Verdict::NeedsGil);
        let of = packages_with(native, "with extension modules");
        lines.push(match culprits.len() {
            0 => format!("None of {of} is known to turn the GIL back on."),
            1 => format!("1 of {of} turns the GIL back on: {}.", culprits.join(", ")),
            n => format!("{n} of {of} turn the GIL back on: {}.", culprits.join(", ")),
        });
        for (verdict, words) in [
            (Verdict::Unavailable, "cannot be had for this Python"),
            (Verdict::BuildRequired, "to be built from source"),
            (Verdict::Unknown, "unknown"),
        ] {
            let names = named(verdict);
            if !names.is_empty() {
                lines.push(format!("{} {words}: {}.", names.len(), names.join(", ")));
            }
        }
        let ready = named(Verdict::Ready).len();
        let hazards = document
            .packages
            .iter()
            .filter(|p| p.verdict == Verdict::Ready && p.safety == Safety::Hazards)
            .count();
        if ready > 0 {
            let but = if hazards > 0 {
                format!(", {hazards} of them with hazards in their sources")
            } else {
                String::new()
            };
            lines.push(format!("{ready} ready{but}."));
        }
        if pure > 0 {
            lines.push(format!("{} of pure Python, not counted above.", packages(pure)));
        }
    }
    if !document.failures.is_empty() {
        let n = document.failures.len();
        lines.push(format!(
            "{n} request{} could not be looked at, so this report is incomplete.",
            if n == 1 { "" } else { "s" }
        ));
    }
    lines
}

fn packages(n: usize) -> String {
    if n == 1 { "1 package".to_owned() } else { format!("{n} packages") }
}

fn packages_with(n: usize, what: &str) -> String {
    format!("{} {what}", packages(n))
}
