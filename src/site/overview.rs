//! Counts over all projects, each with what it is counted out of.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::chart::{self, Month};
use super::text::slug;
use super::{Past, Summary, package};
use crate::model::{Safety, Verdict};
use crate::report::{RuleHelp, TargetRow};

/// A count, what it is out of, and both in words.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    what: &'static str,
    means: &'static str,
    count: usize,
    of: usize,
    of_what: &'static str,
    percent: Option<u64>,
}

/// The counts of a whole survey.
#[derive(Debug, Serialize)]
pub(super) struct Overview {
    listed: usize,
    looked_at: usize,
    pure: usize,
    unknown: usize,
    native: usize,
    /// Packages whose sources were read.
    sources_read: usize,
    counts: Vec<Count>,
    targets: Vec<OfTarget>,
    /// How many packages with extension modules have a free-threaded wheel for a platform.
    platforms: Vec<(String, usize)>,
    months: Vec<Month>,
    curve: String,
    proven: Vec<Proven>,
}

/// Verdicts for one target.
#[derive(Debug, Serialize)]
struct OfTarget {
    python: String,
    platform: String,
    native: usize,
    ready: usize,
    needs_gil: usize,
    build_required: usize,
    unavailable: usize,
    unknown: usize,
    pure_python: usize,
}

/// How many were proven ready in a run.
#[derive(Debug, Serialize)]
struct Proven {
    run: String,
    ready: usize,
    native: usize,
}

/// Counts everything.
pub(super) fn of(all: &[Summary], targets: &[TargetRow], past: &Past, run: &str) -> Overview {
    let count = |wanted: &dyn Fn(&Summary) -> bool| all.iter().filter(|one| wanted(one)).count();
    let native = count(&Summary::is_native);
    let ready = count(&|one| one.verdict == Some(Verdict::Ready));
    let clean = count(&|one| one.verdict == Some(Verdict::Ready) && one.safety == Some(Safety::Clean));
    let seen = count(&|one| {
        one.verdict == Some(Verdict::Ready) && matches!(one.safety, Some(Safety::Clean | Safety::Hazards))
    });
    let row = |what, means, count: usize, of: usize, of_what| Count {
        what,
        means,
        count,
        of,
        of_what,
        percent: (of > 0).then(|| (count as u64 * 100).checked_div(of as u64).unwrap_or(0)),
    };
    let native_what = "with extension modules";
    let counts = vec![
        row(
            "ship",
            "have a wheel whose name is for a free-threaded interpreter; a name proves nothing about the GIL",
            count(&|one| one.is_native() && one.ships),
            native,
            native_what,
        ),
        row(
            "declare",
            "have at least one extension module that declares, in its machine code, to run without the GIL",
            count(&|one| one.is_native() && one.declaring > 0),
            native,
            native_what,
        ),
        row(
            "are proven ready",
            "declare it in every module that can be imported, on every target",
            ready,
            native,
            native_what,
        ),
        row(
            "are clean",
            "are ready, and the sources that were read show no hazard",
            clean,
            seen,
            "ready, with sources read",
        ),
    ];
    let mut firsts = Vec::new();
    for one in all {
        if one.compiled_since.is_some() || one.free_threaded_since.is_some() {
            firsts.push([
                one.compiled_since.as_deref(),
                one.free_threaded_since.as_deref(),
                one.proven_since.as_deref(),
            ]);
        }
    }
    let months = chart::months(&firsts);
    let mut proven: Vec<Proven> = past
        .proven()
        .into_iter()
        .map(|(run, ready, native)| Proven { run: run.to_owned(), ready, native })
        .collect();
    proven.push(Proven { run: run.to_owned(), ready, native });
    Overview {
        listed: all.len(),
        looked_at: count(&|one| one.verdict.is_some()),
        pure: count(&|one| one.verdict == Some(Verdict::PurePython)),
        unknown: count(&|one| one.verdict == Some(Verdict::Unknown)),
        native,
        sources_read: count(&|one| matches!(one.safety, Some(Safety::Clean | Safety::Hazards))),
        counts,
        targets: targets.iter().enumerate().map(|(at, target)| of_target(all, at, target)).collect(),
        platforms: platforms(all),
        curve: chart::svg(&months),
        months,
        proven,
    }
}

/// Platforms by how many packages with extension modules have a free-threaded wheel for them.
fn platforms(all: &[Summary]) -> Vec<(String, usize)> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for platform in all.iter().filter(|one| one.is_native()).flat_map(|one| &one.platforms) {
        *found.entry(platform).or_default() += 1;
    }
    let mut platforms: Vec<(String, usize)> =
        found.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    platforms.sort_by_key(|(name, _)| package::rank(name));
    platforms
}

fn of_target(all: &[Summary], at: usize, target: &TargetRow) -> OfTarget {
    let count = |wanted: Verdict| all.iter().filter(|one| one.by_target.get(at) == Some(&wanted)).count();
    let (ready, needs_gil) = (count(Verdict::Ready), count(Verdict::NeedsGil));
    let (build_required, unavailable) = (count(Verdict::BuildRequired), count(Verdict::Unavailable));
    OfTarget {
        python: target.python.clone(),
        platform: target.platform.clone(),
        native: ready + needs_gil + build_required + unavailable,
        ready,
        needs_gil,
        build_required,
        unavailable,
        unknown: count(Verdict::Unknown),
        pure_python: count(Verdict::PurePython),
    }
}

/// A binding generator and those who use it.
#[derive(Debug, Serialize)]
pub(super) struct Generator {
    pub name: String,
    pub slug: String,
    packages: usize,
    ready: usize,
    versions: Vec<Version>,
}

/// A generator's version and those who use it.
#[derive(Debug, Serialize)]
struct Version {
    version: Option<String>,
    packages: usize,
    ready: usize,
}

/// All generators, the most used first.
pub(super) fn generators(all: &[Summary]) -> Vec<Generator> {
    let mut found: BTreeMap<&str, BTreeMap<Option<&str>, (usize, usize)>> = BTreeMap::new();
    let mut whole: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for one in all {
        let ready = usize::from(one.verdict == Some(Verdict::Ready));
        let mut seen = BTreeSet::new();
        for (name, version) in &one.generators {
            let of = found.entry(name).or_default().entry(version.as_deref()).or_default();
            *of = (of.0 + 1, of.1 + ready);
            if seen.insert(name) {
                let of = whole.entry(name).or_default();
                *of = (of.0 + 1, of.1 + ready);
            }
        }
    }
    let mut generators: Vec<Generator> = found
        .into_iter()
        .map(|(name, versions)| {
            let (packages, ready) = whole.get(name).copied().unwrap_or_default();
            let mut versions: Vec<_> = versions.into_iter().collect();
            // By numbers: 0.9 came before 0.30.
            versions.sort_by_cached_key(|(version, _)| std::cmp::Reverse(version.map(numbers)));
            let versions = versions.into_iter().map(|(version, (packages, ready))| Version {
                version: version.map(str::to_owned),
                packages,
                ready,
            });
            Generator {
                name: name.to_owned(),
                slug: slug(name),
                packages,
                ready,
                versions: versions.collect(),
            }
        })
        .collect();
    generators.sort_by(|a, b| (b.packages, &a.name).cmp(&(a.packages, &b.name)));
    generators
}

/// The numbers of a version; what follows the first that is none is left out.
fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

/// A rule and whom it hits.
#[derive(Debug, Serialize)]
pub(super) struct OfRule {
    pub id: String,
    title: String,
    rationale: String,
    fix: String,
    url: Option<String>,
    packages: usize,
    findings: u64,
}

/// The rules that found something, those that hit most projects first.
pub(super) fn rules(all: &[Summary], known: &[RuleHelp]) -> Vec<OfRule> {
    let mut rules: Vec<OfRule> = known
        .iter()
        .map(|rule| {
            let hits = || all.iter().filter_map(|one| one.rules.get(&rule.id));
            OfRule {
                id: rule.id.clone(),
                title: rule.name.clone(),
                rationale: rule.rationale.clone(),
                fix: rule.fix.clone(),
                url: rule.url.clone(),
                packages: hits().count(),
                findings: hits().map(|count| u64::from(*count)).sum(),
            }
        })
        .filter(|rule| rule.packages > 0)
        .collect();
    rules.sort_by(|a, b| (b.packages, b.findings, &a.id).cmp(&(a.packages, a.findings, &b.id)));
    rules
}
