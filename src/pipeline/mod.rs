//! The one place with threads: audits many packages at once and sorts what comes back.
//!
//! Two kinds of threads meet here. A fixed crew of workers waits for the network and for archives to inflate, a
//! package each; what they read goes, member by member, to rayon's pool, which has a thread per core. How much lies
//! between the two is bounded (`room`), so memory does not grow with the number of packages. Results come back in
//! the order of the questions, whatever order the threads finished in.

mod artifact;
mod history;
mod installed;
mod local;
mod lookup;
mod needed_by;
mod release;
mod review;
mod room;
mod set;
mod survey;
mod way_out;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::accept::Acceptance;
use crate::index::Index;
use crate::input::Problem;
use crate::judge::Weights;
use crate::knowledge::Knowledge;
use crate::model::{PackageMetadata, PackageName, Target};
use crate::report::{Change, Failure, Package};
use crate::rules::RuleSet;
use crate::select::Policy;
use crate::unpack::Limits;

pub use history::{FirstProven, PastLook, Proven};
pub use review::Review;
pub use set::Asked;
pub use survey::{Surveyed, survey};

/// What holds for a whole run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the verdicts are for; not empty.
    pub targets: Vec<Target>,
    /// What the user allows when a release is chosen.
    pub policy: Policy,
    /// Whether sdists are read where a package has extension modules.
    pub sources: bool,
    /// Whether sdists are kept in the cache as they are, so that other rules can read them without asking the index.
    pub keep_sdists: bool,
    /// How much of an artifact is looked at.
    pub limits: Limits,
    /// Weights of the score.
    pub weights: Weights,
}

/// Watches a run. Called from many threads at once.
pub trait Watch: Sync {
    /// So many packages will be looked at.
    fn planned(&self, _packages: usize) {}
    /// A package is being looked at.
    fn started(&self, _name: &str) {}
    /// It is done.
    fn finished(&self, _name: &str) {}
}

/// Nobody watches.
impl Watch for () {}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// A row per package and version.
    pub packages: Vec<Package>,
    /// Requests that could not be looked at at all.
    pub failures: Vec<Failure>,
    /// What a user should be told besides, each once.
    pub warnings: Vec<String>,
    /// The targets that rows were judged for, sorted.
    pub targets: Vec<Target>,
    /// What to ask for, so that the set, or the largest part of it, is ready.
    pub changes: Vec<Change>,
    /// What was read of each release's METADATA, by project.
    pub metadata: Vec<(String, PackageMetadata)>,
    /// What a maintainer's choices made of the findings, an artifact each; empty for an audit.
    pub reviews: Vec<Review>,
}

impl Outcome {
    fn absorb(&mut self, other: Self) {
        self.packages.extend(other.packages);
        self.failures.extend(other.failures);
        self.metadata.extend(other.metadata);
        self.reviews.extend(other.reviews);
        for target in other.targets {
            if let Err(at) = self.targets.binary_search(&target) {
                self.targets.insert(at, target);
            }
        }
        for warning in other.warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }
}

/// Everything that reading and judging one package needs.
#[derive(Clone, Copy)]
struct Bench<'a> {
    index: &'a Index,
    plan: &'a Plan,
    known: &'a Knowledge,
    rules: &'a RuleSet,
    room: &'a room::Room,
    /// Whose artifact is read, where that is known.
    project: Option<&'a PackageName>,
    /// What a maintainer asks for and has accepted; `None` for an audit, where nobody may accept for the authors.
    acceptance: Option<&'a Acceptance>,
}

/// Looks at what is asked for, on the index.
///
/// # Errors
/// Lines that contradict each other: what is asked is not clear then, and nothing is looked at.
pub fn audit(index: &Index, asked: &Asked, plan: &Plan, watch: &dyn Watch) -> Result<Outcome, Vec<Problem>> {
    let lookup = lookup::Lookup::new(index, &plan.targets, &plan.policy, &plan.limits);
    let (asked, warnings) = set::with_folders(asked);
    let asked = &asked;
    let mut sets = set::sets(&lookup, asked, &plan.policy)?;
    sets.warnings.extend(warnings);
    let jobs = release::jobs(sets.wanted);
    let mut outcome = Outcome { warnings: sets.warnings, failures: sets.failures, ..Outcome::default() };
    let (known, rules) = (Knowledge::builtin(), RuleSet::builtin());
    let room = room::Room::default();
    let bench = Bench { index, plan, known, rules, room: &room, project: None, acceptance: None };
    watch.planned(jobs.len().saturating_add(asked.environments.len()));
    for found in each(&jobs, index.settings().requests_at_once, &|job| {
        watch.started(&job.title());
        let found = guarded(&job.title(), || release::look(&bench, job));
        watch.finished(&job.title());
        found
    }) {
        outcome.absorb(found);
    }
    needed_by::tell(&mut outcome, sets.needed_by, &plan.targets);
    if asked.way_out {
        way_out::seek(&bench, &lookup, asked, &mut outcome);
    }
    for one in &asked.environments {
        watch.started(one);
        let mut found = guarded(one, || installed::look(&bench, one, asked.fixed_targets));
        let targets = found.targets.clone();
        needed_by::tell(&mut found, set::NeededBy::new(), &targets);
        outcome.absorb(found);
        watch.finished(one);
    }
    Ok(outcome)
}

/// What requirements come to, before any file is looked at.
#[derive(Debug, Default)]
pub struct Resolved {
    /// Per target, project and version in the order of names; an address where there is no version.
    pub sets: Vec<(Target, Vec<(String, String)>)>,
    /// What is not known of the sets.
    pub failures: Vec<Failure>,
    /// What a user should be told besides.
    pub warnings: Vec<String>,
}

/// Finds out what each target would install, and looks at none of it.
///
/// # Errors
/// Lines that contradict each other.
pub fn resolve(
    index: &Index,
    asked: &Asked,
    targets: &[Target],
    policy: &Policy,
) -> Result<Resolved, Vec<Problem>> {
    let limits = Limits::default();
    let lookup = lookup::Lookup::new(index, targets, policy, &limits);
    let (asked, warnings) = set::with_folders(asked);
    let mut sets = set::sets(&lookup, &asked, policy)?;
    sets.warnings.extend(warnings);
    let named = |wanted: crate::input::Wanted| match &wanted.name {
        Some(name) if !wanted.specifiers.is_empty() => {
            let versions: Vec<String> = wanted.specifiers.iter().map(ToString::to_string).collect();
            (name.to_string(), versions.join(",").trim_start_matches('=').to_owned())
        }
        _ => (release::request_text(&wanted), String::new()),
    };
    let sorted = |wanted: Vec<crate::input::Wanted>| {
        let mut rows: Vec<(String, String)> = wanted.into_iter().map(named).collect();
        rows.sort();
        rows
    };
    let rows = sets.wanted.into_iter().map(|(target, wanted)| (target, sorted(wanted))).collect();
    Ok(Resolved { sets: rows, failures: sets.failures, warnings: sets.warnings })
}

/// Looks at files and folders of this machine. `targets` of the plan are used where a file does not say what it is
/// for; `fixed` keeps to them always.
pub fn check(
    index: &Index,
    paths: &[String],
    fixed: bool,
    plan: &Plan,
    acceptance: &Acceptance,
    watch: &dyn Watch,
) -> Outcome {
    let (known, rules) = (Knowledge::builtin(), RuleSet::builtin());
    let room = room::Room::default();
    let bench = Bench { index, plan, known, rules, room: &room, project: None, acceptance: Some(acceptance) };
    let (jobs, mut outcome) = local::jobs(paths);
    watch.planned(jobs.len());
    for found in each_in_pool(&jobs, &|job| {
        watch.started(&job.title());
        let found = guarded(&job.title(), || local::look(&bench, job, fixed));
        watch.finished(&job.title());
        found
    }) {
        outcome.absorb(found);
    }
    outcome
}

/// Runs `work` on every job, so many at once, and gives the results in the order of the jobs. The threads are others
/// than those of the pool, for they wait for a network.
fn each<T: Sync, R: Send>(jobs: &[T], at_once: usize, work: &(dyn Fn(&T) -> R + Sync)) -> Vec<R> {
    let queue = Queue::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..at_once.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| queue.drain(work));
        }
    });
    queue.results()
}

/// The same on the threads of the pool, for work that never waits: who reads an archive scans too, and no core has
/// more than one thread.
pub(crate) fn each_in_pool<T: Sync, R: Send>(jobs: &[T], work: &(dyn Fn(&T) -> R + Sync)) -> Vec<R> {
    let queue = Queue::new(jobs);
    rayon::broadcast(|_| queue.drain(work));
    queue.results()
}

/// Jobs that several threads take from the front, and what came of them.
struct Queue<'a, T, R> {
    jobs: &'a [T],
    next: AtomicUsize,
    results: Vec<Mutex<Option<R>>>,
}

impl<'a, T, R> Queue<'a, T, R> {
    fn new(jobs: &'a [T]) -> Self {
        let results = jobs.iter().map(|_| Mutex::new(None)).collect();
        Self { jobs, next: AtomicUsize::new(0), results }
    }

    /// Works on jobs until there are none left.
    fn drain(&self, work: &(dyn Fn(&T) -> R + Sync)) {
        while let Some((job, slot)) = {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            self.jobs.get(at).zip(self.results.get(at))
        } {
            let result = work(job);
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(result);
            }
        }
    }

    /// In the order of the jobs.
    fn results(self) -> Vec<R> {
        self.results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
    }
}

/// A fault of ours in one package must not take the others' results along.
fn guarded(title: &str, work: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Outcome {
        failures: vec![Failure {
            request: title.to_owned(),
            requested_by: Vec::new(),
            reason: "a fault in ungil itself ended the look at it".to_owned(),
            hint: "please report it with the version of this package".to_owned(),
        }],
        ..Outcome::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_jobs_whoever_is_faster() {
        let jobs: Vec<u64> = (0..50).collect();
        let results = each(&jobs, 8, &|job| {
            std::thread::sleep(std::time::Duration::from_micros((50 - job) * 20));
            job * 2
        });
        assert_eq!(results, jobs.iter().map(|job| job * 2).collect::<Vec<_>>());
        assert!(each::<u64, u64>(&[], 8, &|job| *job).is_empty());
    }

    #[test]
    fn a_fault_in_one_package_is_a_failure_of_that_package() {
        let outcome = guarded("a==1", || panic!("on purpose"));
        assert_eq!(outcome.failures.len(), 1);
        assert_eq!(outcome.failures[0].request, "a==1");
    }
}
