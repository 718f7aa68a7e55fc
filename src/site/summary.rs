//! The few facts of a project that lists, counts and comparisons need.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{package, text};
use crate::model::{Confidence, DeclaredBy, GilSupport, Safety, Severity, Verdict};
use crate::survey::Row;

/// One project in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// The normalised project name, or what stands in the list instead.
    pub name: String,
    /// The name of its files in the site: `p/<slug>.html`, `p/<slug>.json`, `badge/<slug>.svg`.
    pub slug: String,
    /// The release that was judged.
    pub version: Option<String>,
    /// The worst verdict over all targets; null where nothing could be looked at.
    pub verdict: Option<Verdict>,
    /// What the sources show.
    pub safety: Option<Safety>,
    /// Score from 0 to 100.
    pub score: Option<u32>,
    /// The verdict for each target, in the order of the targets.
    pub by_target: Vec<Verdict>,
    /// Whether the release has a wheel for some free-threaded interpreter.
    pub ships: bool,
    /// Platforms that the release has a free-threaded wheel for: `Linux x86_64`, `macOS arm64`.
    #[serde(default)]
    pub platforms: BTreeSet<String>,
    /// Extension modules that were read.
    pub modules: u32,
    /// Those that declare that they run without the GIL.
    pub declaring: u32,
    /// Those whose generator said so by default, and not the author.
    pub by_default: u32,
    /// Findings of high severity and at least medium confidence.
    pub high: u32,
    /// Those of medium severity.
    pub medium: u32,
    /// Those of low severity.
    pub low: u32,
    /// Binding generators and their versions, where told.
    pub generators: Vec<(String, Option<String>)>,
    /// Findings that count, by rule.
    pub rules: BTreeMap<String, u32>,
    /// Projects that it needs.
    pub needs: Vec<String>,
    /// How many projects of the list need it, over however many steps.
    pub needed_by: u32,
    /// How often it was downloaded.
    pub downloads: Option<u64>,
    /// Day of the first compiled wheel.
    pub compiled_since: Option<String>,
    /// Day of the first free-threaded wheel.
    pub free_threaded_since: Option<String>,
    /// Day of the first wheel that is known to keep the GIL off.
    pub proven_since: Option<String>,
    /// Day of the release.
    pub day: Option<String>,
    /// The main reason, or why nothing could be looked at.
    pub because: String,
}

impl Summary {
    /// Of a row.
    pub fn of(row: &Row) -> Self {
        let worst = row.worst();
        let version = worst.and_then(|one| one.version.clone());
        let shipped = row.releases.judged.iter().find(|one| Some(&one.version) == version.as_ref());
        let free_threaded = |name: &String| {
            name.parse::<crate::select::WheelName>().is_ok_and(|wheel| wheel.is_for_free_threaded())
        };
        let modules = || row.packages.iter().flat_map(|one| &one.artifacts).flat_map(|one| &one.modules);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let generators: BTreeSet<(String, Option<String>)> = modules()
            .filter_map(|module| module.framework.as_ref())
            .map(|framework| (framework.name.clone(), framework.version.clone()))
            .collect();
        let mut rules = BTreeMap::new();
        for finding in worst.iter().flat_map(|one| &one.findings).filter(|finding| finding.counts()) {
            *rules.entry(finding.rule.clone()).or_insert(0) += 1;
        }
        let hazards = |severity| worst.map_or(0, |one| one.hazards.at(severity, Confidence::Medium));
        let failure = row.failures.first().map(|failure| failure.reason.clone());
        Self {
            slug: text::slug(&row.name),
            name: row.name.clone(),
            verdict: worst.map(|one| one.verdict),
            safety: worst.map(|one| one.safety),
            score: worst.and_then(|one| one.score),
            by_target: worst
                .map(|one| one.by_target.iter().map(|row| row.verdict).collect())
                .unwrap_or_default(),
            ships: shipped.is_some_and(|one| one.wheels.iter().any(free_threaded)),
            platforms: shipped.map(|one| package::free_threaded_on(&one.wheels)).unwrap_or_default(),
            modules: count(modules().count()),
            declaring: count(modules().filter(|module| module.gil == GilSupport::NotUsed).count()),
            by_default: count(
                modules().filter(|module| module.declared_by == Some(DeclaredBy::GeneratorDefault)).count(),
            ),
            high: hazards(Severity::High),
            medium: hazards(Severity::Medium),
            low: hazards(Severity::Low),
            generators: generators.into_iter().collect(),
            rules,
            needs: row.needs.clone(),
            needed_by: 0,
            downloads: row.downloads,
            compiled_since: row.releases.compiled_since.clone(),
            free_threaded_since: row.releases.free_threaded_since().map(str::to_owned),
            proven_since: row.releases.proven_since().map(str::to_owned),
            day: shipped.and_then(|one| one.day.clone()),
            because: worst.and_then(|one| one.because.first().cloned()).or(failure).unwrap_or_default(),
            version,
        }
    }

    /// Names of its generators, each once.
    pub fn generator_names(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        self.generators
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(move |name| last.replace(*name) != Some(*name))
    }

    /// Whether it has modules that this generator made.
    pub fn uses(&self, generator: &str) -> bool {
        self.generators.iter().any(|(name, _)| name == generator)
    }

    /// Whether it was looked at and is known to have extension modules.
    pub fn is_native(&self) -> bool {
        !matches!(self.verdict, None | Some(Verdict::PurePython | Verdict::Unknown))
    }

    /// Whether it stands in the way of those that need it.
    pub fn blocks(&self) -> bool {
        !matches!(self.verdict, Some(Verdict::Ready | Verdict::PurePython))
    }
}
