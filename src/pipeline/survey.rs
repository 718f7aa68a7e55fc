//! Many projects one after another, without end: each is handed over when it is done, and then forgotten.
//!
//! The crew is that of an audit, but nothing waits for the whole: memory holds what the crew is looking at now,
//! however many projects are still to come. What a project needs is read and not resolved, for a survey asks how each
//! project stands by itself.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::history::{self, Proven};
use super::release::{self, Job};
use super::{Bench, Outcome, Plan, Watch, guarded, room};
use crate::index::Index;
use crate::input::{Source, Wanted};
use crate::knowledge::Knowledge;
use crate::model::{DistFile, PackageName};
use crate::report::Failure;
use crate::resolve::Needs;
use crate::rules::RuleSet;

/// What was found of one project.
#[derive(Debug, Default)]
pub struct Surveyed {
    /// Its latest releases, judged; one unless targets choose differently.
    pub outcome: Outcome,
    /// All its files, as the index lists them.
    pub files: Vec<Arc<DistFile>>,
    /// What the index says of its state (PEP 792), where it does.
    pub status: Option<String>,
    /// What is known of the past of its declarations, where that was asked for and it has free-threaded wheels.
    pub proven: Option<Proven>,
    /// Projects that the releases need on some target without any extra, sorted.
    pub needs: Vec<String>,
}

/// Looks at the projects that `next` gives until it gives none, and hands each to `done`, in the order in which they
/// get done. Both are called from many threads; what else is known of a project is carried along as `T`. With `past`, old
/// wheels are looked at as well.
pub fn survey<T: Send>(
    index: &Index,
    plan: &Plan,
    past: bool,
    next: &(dyn Fn() -> Option<(PackageName, T)> + Sync),
    done: &(dyn Fn(&PackageName, T, Surveyed) + Sync),
    watch: &dyn Watch,
) {
    let (known, rules) = (Knowledge::builtin(), RuleSet::builtin());
    let room = room::Room::default();
    let bench = Bench { index, plan, known, rules, room: &room, project: None, acceptance: None };
    std::thread::scope(|scope| {
        for _ in 0..index.settings().requests_at_once.clamp(1, 64) {
            scope.spawn(|| {
                while let Some((name, carried)) = next() {
                    watch.started(name.as_str());
                    let mut files = Vec::new();
                    let mut status = None;
                    let outcome = guarded(name.as_str(), || look(&bench, &name, &mut files, &mut status));
                    let needs = needs(&outcome, &bench);
                    let sought = || history::seek(&bench, &files, &outcome.packages);
                    // A fault of ours in the past must not take the present along.
                    let proven =
                        past.then(|| catch_unwind(AssertUnwindSafe(sought)).ok().flatten()).flatten();
                    done(&name, carried, Surveyed { outcome, files, status, proven, needs });
                    watch.finished(name.as_str());
                }
            });
        }
    });
}

fn look(
    bench: &Bench<'_>,
    name: &PackageName,
    files: &mut Vec<Arc<DistFile>>,
    status: &mut Option<String>,
) -> Outcome {
    let project = match bench.index.project(name) {
        Ok(project) => project,
        Err(error) => {
            let failure = Failure {
                request: name.to_string(),
                requested_by: Vec::new(),
                reason: error.to_string(),
                hint: release::hint(&error).to_owned(),
            };
            return Outcome { failures: vec![failure], ..Outcome::default() };
        }
    };
    files.clone_from(&project.files);
    status.clone_from(&project.status);
    let wanted = Wanted {
        name: Some(name.clone()),
        extras: Vec::new(),
        specifiers: Vec::new(),
        hashes: Vec::new(),
        source: Source::Files(project.files),
        requested_by: Vec::new(),
    };
    let per_target = bench.plan.targets.iter().map(|target| (target.clone(), wanted.clone())).collect();
    let mut outcome = release::look(bench, &Job { per_target });
    outcome.warnings.extend(project.warnings);
    outcome
}

fn needs(outcome: &Outcome, bench: &Bench<'_>) -> Vec<String> {
    let mut all = BTreeSet::new();
    for (_, metadata) in &outcome.metadata {
        let needs = Needs::of(metadata);
        for target in &bench.plan.targets {
            all.extend(
                needs
                    .applying(target, None)
                    .filter_map(|one| one.request.name.as_ref())
                    .map(ToString::to_string),
            );
        }
    }
    all.into_iter().collect()
}
