//! The smallest change that makes the set ready, or the largest part of it that can be.
//!
//! Each release that helps becomes a limit. Lines of the user that exclude it are replaced; requirements of other
//! packages can only be met by other releases of those, which the resolver finds. What no set satisfies is given up
//! one by one, and of the limits that are left those are dropped that hold without being asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::super::lookup::Lookup;
use super::super::set::{Asked, Question, questions, solve_all};
use super::super::{Bench, Outcome};
use super::{Helped, at_least, fine, limit, verdict};
use crate::input::{Request, Source};
use crate::model::PackageName;
use crate::report::Change;
use crate::resolve::{Conflict, Resolution, written};

/// Most sets that are tried.
const MAX_TRIES: usize = 60;
/// Most packages that move along and are looked at.
const MAX_MOVED: usize = 40;

/// What is tried: limits, and lines that no longer count.
#[derive(Clone, Default)]
struct Trial<'a> {
    limits: Vec<&'a Helped>,
    /// Requirements of other projects that are loosened, so that those can move.
    loosened: BTreeSet<PackageName>,
}

/// The changes, and what a reader should be told about them.
pub(super) fn smallest(
    bench: &Bench<'_>,
    lookup: &Lookup<'_>,
    asked: &Asked,
    outcome: &Outcome,
    helped: &[Helped],
) -> (Vec<Change>, Vec<String>) {
    if helped.is_empty() {
        return (Vec::new(), Vec::new());
    }
    if !asked.deps || asked.requests.is_empty() {
        // No set was resolved, so nothing is known of how others would move.
        return (helped.iter().map(|one| change(asked, one, outcome)).collect(), Vec::new());
    }
    lookup.with_crew(|| {
        let mut tries = 0;
        let mut solved = |trial: &Trial<'_>| -> Option<Result<Vec<Resolution>, Conflict>> {
            tries += 1;
            (tries <= MAX_TRIES).then(|| {
                let changed = changed(asked, trial);
                let questions: Vec<Question<'_>> =
                    lookup.targets().map(|target| questions(&changed, target, &mut Vec::new())).collect();
                solve_all(lookup, &questions, &bench.plan.policy).into_iter().collect()
            })
        };
        let mut trial = Trial { limits: helped.iter().collect(), loosened: BTreeSet::new() };
        let mut found = None;
        while !trial.limits.is_empty() {
            match solved(&trial) {
                None => break,
                Some(Ok(sets)) => {
                    found = Some(sets);
                    break;
                }
                Some(Err(conflict)) => give_way(asked, &mut trial, &conflict),
            }
        }
        let Some(mut sets) = found else { return (Vec::new(), Vec::new()) };
        for one in trial.loosened.clone() {
            let mut without = trial.clone();
            without.loosened.remove(&one);
            if let Some(Ok(fewer)) = solved(&without) {
                (trial, sets) = (without, fewer);
            }
        }
        for one in trial.limits.clone() {
            if !one.forbidden_by.is_empty() && direct(asked, one).next().is_some() {
                continue;
            }
            let mut without = trial.clone();
            without.limits.retain(|other| other.name != one.name);
            let holds = |set: &Resolution| {
                set.packages
                    .get(&one.name)
                    .is_none_or(|now| limit(&one.first, one.older).contains(&now.version))
            };
            if let Some(Ok(fewer)) = solved(&without)
                && fewer.iter().all(holds)
            {
                (trial, sets) = (without, fewer);
            }
        }
        let mut changes: Vec<Change> = trial.limits.iter().map(|one| change(asked, one, outcome)).collect();
        changes.extend(trial.loosened.iter().filter_map(|name| loosened(asked, name, &sets)));
        changes.sort();
        let mut warnings = moved(bench, lookup, outcome, &sets);
        let given_up: Vec<String> = helped
            .iter()
            .filter(|one| !sets.iter().all(|set| satisfied(set, one)))
            .map(|one| format!("{} {}", one.name, one.first))
            .collect();
        if !given_up.is_empty() {
            warnings.push(format!("no set was found that has {} as well", given_up.join(", ")));
        }
        (changes, warnings)
    })
}

fn satisfied(set: &Resolution, one: &Helped) -> bool {
    set.packages.get(&one.name).is_none_or(|now| limit(&one.first, one.older).contains(&now.version))
}

/// Lets go of what stands in a conflict: first of a line of the user for another project, then of a limit.
fn give_way(asked: &Asked, trial: &mut Trial<'_>, conflict: &Conflict) {
    let limited: BTreeSet<&PackageName> = trial.limits.iter().map(|one| &one.name).collect();
    let line = asked
        .requests
        .iter()
        .filter(|request| request.source == Source::Index && !request.specifiers.is_empty())
        .filter_map(|request| request.name.as_ref())
        .find(|name| {
            conflict.names.contains(*name) && !limited.contains(name) && !trial.loosened.contains(*name)
        });
    if let Some(name) = line {
        trial.loosened.insert(name.clone());
        return;
    }
    let at = trial.limits.iter().rposition(|one| conflict.names.contains(&one.name));
    match at {
        Some(at) => {
            trial.limits.remove(at);
        }
        None => {
            trial.limits.pop();
        }
    }
}

/// The user's own lines for a project.
fn direct<'a>(asked: &'a Asked, one: &'a Helped) -> impl Iterator<Item = &'a Request> {
    asked.requests.iter().filter(|request| request.name.as_ref() == Some(&one.name))
}

/// What would be asked for instead.
fn changed(asked: &Asked, trial: &Trial<'_>) -> Asked {
    let limits: BTreeMap<&PackageName, &Helped> = trial.limits.iter().map(|one| (&one.name, *one)).collect();
    let excluded = |request: &Request| {
        let one = request.name.as_ref().and_then(|name| limits.get(name));
        one.is_some_and(|one| !request.specifiers.contains(&one.first))
    };
    let mut now = asked.clone();
    for request in &mut now.requests {
        let loosened = request.name.as_ref().is_some_and(|name| trial.loosened.contains(name));
        if excluded(request) || loosened {
            request.specifiers = crate::input::Specifiers::default();
            request.hashes.clear();
        }
    }
    now.constraints.retain(|limit| !excluded(limit));
    let limits = trial.limits.iter().filter_map(|one| at_least(&one.name, &one.first, one.older, &[]));
    now.constraints.extend(limits);
    now
}

fn change(asked: &Asked, one: &Helped, outcome: &Outcome) -> Change {
    let replaced = direct(asked, one).filter(|request| !request.specifiers.contains(&one.first));
    let limits = asked.constraints.iter().filter(|limit| limit.name.as_ref() == Some(&one.name));
    let limits = limits.filter(|limit| !limit.specifiers.contains(&one.first));
    let extras: BTreeSet<String> = direct(asked, one).flat_map(|request| request.extras.clone()).collect();
    let extras: Vec<String> = extras.into_iter().collect();
    let request = at_least(&one.name, &one.first, one.older, &extras);
    let now = outcome.packages.iter().find(|package| package.name == one.name.as_str());
    let now = now.and_then(|package| package.version.as_deref()).unwrap_or("the one there is");
    Change {
        requirement: request.as_ref().map(written).unwrap_or_default(),
        replaces: replaced
            .chain(limits)
            .map(|request| format!("{}: {}", request.origin, written(request)))
            .collect(),
        why: format!("{} {} is ready, {now} is not", one.name, one.first),
    }
}

/// A line for a project that has to move so that another can.
fn loosened(asked: &Asked, name: &PackageName, sets: &[Resolution]) -> Option<Change> {
    let version = sets.iter().find_map(|set| Some(&set.packages.get(name)?.version))?;
    let lines: Vec<&Request> =
        asked.requests.iter().filter(|request| request.name.as_ref() == Some(name)).collect();
    let extras: BTreeSet<String> = lines.iter().flat_map(|line| line.extras.clone()).collect();
    let request = at_least(name, version, true, &extras.into_iter().collect::<Vec<_>>())?;
    Some(Change {
        requirement: written(&request),
        replaces: lines.iter().map(|line| format!("{}: {}", line.origin, written(line))).collect(),
        why: format!("{name} has to move so that what it needs can"),
    })
}

/// Packages that move along with the changes and are not ready where they end up.
fn moved(bench: &Bench<'_>, lookup: &Lookup<'_>, outcome: &Outcome, sets: &[Resolution]) -> Vec<String> {
    let before: BTreeMap<&str, BTreeSet<&str>> =
        outcome.packages.iter().fold(BTreeMap::new(), |mut all, one| {
            all.entry(one.name.as_str()).or_default().extend(one.version.as_deref());
            all
        });
    let mut told = Vec::new();
    let mut looked = 0;
    for (target, set) in lookup.targets().zip(sets) {
        for (name, now) in &set.packages {
            let version = now.version.to_string();
            let same = before.get(name.as_str()).is_some_and(|versions| versions.contains(version.as_str()));
            if same || looked >= MAX_MOVED {
                continue;
            }
            looked += 1;
            let verdict = now.release.wheel().map(|file| verdict(bench, target, &now.release.wheels, file));
            if !verdict.is_some_and(fine) {
                told.push(format!(
                    "with these changes {name} becomes {version}, which is not ready for {target}"
                ));
            }
        }
    }
    told.sort();
    told.dedup();
    told
}
