//! The way out: for what is not ready, the first release that is, who forbids it, and what to ask for instead.
//!
//! Releases that cannot be ready by their file names are not looked at; of the rest as few as the search needs, by
//! ranges as always. What is known of each is then put to the resolver as limits: the largest part of them that some
//! set satisfies, and of that the fewest limits that do it, are the changes.

mod changes;

use std::collections::BTreeMap;
use std::sync::Arc;

use pep440_rs::Version;

use super::lookup::Lookup;
use super::set::Asked;
use super::{Bench, Outcome, each};
use crate::index::Project;
use crate::input::{self, Request, Specifiers};
use crate::judge::{self, Evidence, Opened, Sources};
use crate::model::{DistFile, PackageName, Target, Verdict};
use crate::report::{ByTarget, Package, WayOut};
use crate::resolve::{Catalog as _, first_ready, written};
use crate::select::{Releases, WheelName, marker};

/// Releases that could be ready by their names and that the search takes into account, the newest.
const MAX_CANDIDATES: usize = 64;

/// A package that is not ready.
struct Blocked<'a> {
    name: PackageName,
    version: Version,
    package: &'a Package,
    /// The targets it is not ready for.
    targets: Vec<Target>,
}

/// A package with a release that is ready.
#[derive(Debug, Clone)]
struct Helped {
    name: PackageName,
    first: Version,
    /// The release is older than the one that would be installed.
    older: bool,
    forbidden_by: Vec<String>,
}

/// What is known of a package's releases.
struct Told {
    way: WayOut,
    helped: Option<Helped>,
}

/// Looks for a way out for every package of the outcome that is not ready.
pub(super) fn seek(bench: &Bench<'_>, lookup: &Lookup<'_>, asked: &Asked, outcome: &mut Outcome) {
    let blocked: Vec<Blocked<'_>> =
        outcome.packages.iter().filter_map(|package| blocked(bench, package)).collect();
    if blocked.is_empty() {
        return;
    }
    let told =
        each(&blocked, bench.index.settings().requests_at_once, &|one| look(bench, lookup, asked, one));
    let mut helped: Vec<Helped> = Vec::new();
    let mut ways: BTreeMap<(String, Option<String>), WayOut> = BTreeMap::new();
    for (one, told) in blocked.iter().zip(told) {
        helped.extend(told.helped);
        ways.insert((one.package.name.clone(), one.package.version.clone()), told.way);
    }
    let (mut changes, mut warnings) = changes::smallest(bench, lookup, asked, outcome, &helped);
    outcome.changes.append(&mut changes);
    outcome.warnings.append(&mut warnings);
    for package in &mut outcome.packages {
        package.way_out = ways.remove(&(package.name.clone(), package.version.clone()));
    }
}

fn fine(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Ready | Verdict::PurePython)
}

fn blocked<'a>(bench: &Bench<'_>, package: &'a Package) -> Option<Blocked<'a>> {
    // What is no release of an index (a folder, a single file) has no other releases either.
    let version = package.version.as_deref()?.parse().ok()?;
    let bad = |target: &&Target| {
        let (python, platform) = (target.python.to_string(), target.platform.to_string());
        let row = package.by_target.iter().find(|row| row.python == python && row.platform == platform);
        row.is_some_and(|row| !fine(row.verdict))
    };
    let targets: Vec<Target> = bench.plan.targets.iter().filter(bad).cloned().collect();
    (!targets.is_empty()).then_some(Blocked {
        name: PackageName::new(&package.name).ok()?,
        version,
        package,
        targets,
    })
}

fn look(bench: &Bench<'_>, lookup: &Lookup<'_>, asked: &Asked, one: &Blocked<'_>) -> Told {
    let nothing = |note: String| Told {
        way: WayOut { first_ready: None, forbidden_by: Vec::new(), note },
        helped: None,
    };
    let project = match lookup.project(&one.name) {
        Ok(project) => project,
        Err(error) => return nothing(format!("other releases could not be looked for: {error}")),
    };
    let wanted = lookup.targets().enumerate().filter(|(_, target)| one.targets.contains(target));
    let views: Result<Vec<(&Target, Arc<Releases>)>, String> =
        wanted.map(|(at, target)| Ok((target, lookup.view(at).releases(&one.name)?))).collect();
    let views = match views {
        Ok(views) => views,
        Err(error) => return nothing(format!("other releases could not be looked for: {error}")),
    };
    let candidates = candidates(&views);
    let (mut newer, mut pre, mut older) = (Vec::new(), Vec::new(), Vec::new());
    for version in candidates {
        match (version > &one.version, version.any_prerelease() && !one.version.any_prerelease()) {
            (true, false) => newer.push(version),
            (true, true) => pre.push(version),
            (false, false) if version < &one.version => older.push(version),
            _ => {}
        }
    }
    let newer = newer.get(newer.len().saturating_sub(MAX_CANDIDATES)..).unwrap_or_default();
    let ready = |version: &Version| is_ready(bench, &views, version);
    if let Some(first) =
        first_ready(newer.len(), &mut |at| newer.get(at).is_some_and(|version| ready(version)))
        && let Some(first) = newer.get(first)
    {
        return helped(asked, one, first, false, &views);
    }
    let newest_pre = pre.last().filter(|version| newer.last().is_none_or(|newest| **version > *newest));
    if let Some(version) = newest_pre.filter(|version| ready(version)) {
        let mut told = helped(asked, one, version, false, &views);
        told.way.note = format!("{version} is ready, a pre-release; no final release is");
        return told;
    }
    // A placeholder from before there was anything compiled is no way back.
    let compiled = |version: &Version| {
        views.iter().all(|(target, releases)| {
            let one = releases.get(version).and_then(|one| Some((one, one.wheel()?)));
            one.is_some_and(|(one, file)| verdict(bench, target, &one.wheels, file) == Verdict::Ready)
        })
    };
    if let Some(version) = older.last().filter(|version| compiled(version)) {
        let mut told = helped(asked, one, version, true, &views);
        told.way.note = format!("no newer release is ready, but the older {version} is");
        return told;
    }
    nothing(hopeless(one, &project, !newer.is_empty()))
}

/// Versions that every target has a wheel of its own for, by the names, oldest first.
fn candidates<'v>(views: &'v [(&Target, Arc<Releases>)]) -> Vec<&'v Version> {
    let Some((_, first)) = views.first() else { return Vec::new() };
    let has_wheel = |version: &Version| {
        views.iter().all(|(_, releases)| {
            releases.get(version).is_some_and(|one| one.wheel().is_some() && !one.yanked)
        })
    };
    first.versions().filter(|version| has_wheel(version)).collect()
}

/// Whether a release is ready for every target, by its wheels.
fn is_ready(bench: &Bench<'_>, views: &[(&Target, Arc<Releases>)], version: &Version) -> bool {
    views.iter().all(|(target, releases)| {
        let Some(one) = releases.get(version) else { return false };
        let Some(file) = one.wheel() else { return false };
        fine(verdict(bench, target, &one.wheels, file))
    })
}

/// The verdict on a wheel without its sources.
pub(super) fn verdict(
    bench: &Bench<'_>,
    target: &Target,
    wheels: &[Arc<DistFile>],
    file: &DistFile,
) -> Verdict {
    let reading = bench.wheel(file, &[]);
    let names: Vec<String> = wheels.iter().map(|wheel| wheel.filename.clone()).collect();
    let wheel = Some(Opened { filename: &file.filename, seen: &reading.seen });
    let evidence = Evidence { wheel, sources: Sources::Absent, wheels: &names, problems: &[] };
    judge::package(&evidence, target, &bench.plan.weights).verdict
}

fn helped(
    asked: &Asked,
    one: &Blocked<'_>,
    first: &Version,
    older: bool,
    views: &[(&Target, Arc<Releases>)],
) -> Told {
    let forbidden_by = forbidden_by(asked, one, first);
    let day = day_of(views, first).map(|day| format!(", of {day}")).unwrap_or_default();
    Told {
        way: WayOut {
            first_ready: Some(first.to_string()),
            forbidden_by: forbidden_by.clone(),
            note: format!("{first}{day} is the first release that is ready"),
        },
        helped: Some(Helped { name: one.name.clone(), first: first.clone(), older, forbidden_by }),
    }
}

/// The day a release's wheel was uploaded.
fn day_of(views: &[(&Target, Arc<Releases>)], version: &Version) -> Option<String> {
    let time = views.iter().find_map(|(_, releases)| releases.get(version)?.wheel()?.upload_time.clone())?;
    time.get(..10).map(str::to_owned)
}

/// Whose words exclude a version.
fn forbidden_by(asked: &Asked, one: &Blocked<'_>, version: &Version) -> Vec<String> {
    let applies = |request: &&Request| {
        request.name.as_ref() == Some(&one.name)
            && !request.specifiers.contains(version)
            && one.targets.iter().any(|target| marker::applies(request.marker.as_deref(), target, &[]).0)
    };
    let mut told: Vec<String> = Vec::new();
    for request in asked.requests.iter().filter(applies) {
        told.push(format!("{} asks for {}", request.origin, written(request)));
    }
    for limit in asked.constraints.iter().filter(applies) {
        told.push(format!("{} limits it to {}", limit.origin, written(limit)));
    }
    for by in &one.package.required_by {
        let excludes =
            input::requirement(&by.requirement, "").is_ok_and(|one| !one.specifiers.contains(version));
        if excludes {
            told.push(format!("{} needs {}", by.name, by.requirement));
        }
    }
    for lock in &asked.locks {
        let entries = lock.packages.iter().filter(|entry| entry.name == one.name);
        for entry in entries.filter(|entry| one.package.requested_by.contains(&entry.origin)) {
            let locked = entry.version.as_deref().unwrap_or("another release");
            told.push(format!("{} locks {locked}; lock again", entry.origin));
        }
    }
    told.sort();
    told.dedup();
    told
}

/// What is known where no release helps.
fn hopeless(one: &Blocked<'_>, project: &Project, looked: bool) -> String {
    let wheels = project.files.iter().filter_map(|file| file.filename.parse::<WheelName>().ok());
    let newest = wheels.filter(WheelName::is_for_free_threaded).map(|wheel| wheel.version).max();
    let mut verdicts = one.package.by_target.iter().map(|row| row.verdict);
    if looked {
        return "newer releases have wheels for it, and the newest is not ready either".to_owned();
    }
    let has_wheel = |row: &ByTarget| {
        !fine(row.verdict) && row.installs.as_deref().is_some_and(|file| file.ends_with(".whl"))
    };
    if one.package.by_target.iter().any(has_wheel) {
        return "no newer release has a wheel for it".to_owned();
    }
    if verdicts.any(|verdict| verdict == Verdict::BuildRequired) {
        return "its sources declare support, and no release has a wheel for it: it is to be built"
            .to_owned();
    }
    match newest {
        Some(version) => format!(
            "{version} has free-threaded wheels, for other Pythons or platforms only; no release has one for it"
        ),
        None => "no release has a free-threaded wheel, so there is no sign of work on it".to_owned(),
    }
}

/// A requirement for a project from a version on, or for that version alone.
fn at_least(name: &PackageName, version: &Version, exactly: bool, extras: &[String]) -> Option<Request> {
    let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    let operator = if exactly { "==" } else { ">=" };
    input::requirement(&format!("{name}{extras}{operator}{version}"), "the way out").ok()
}

/// Specifiers from a version on, or of that version alone.
fn limit(version: &Version, exactly: bool) -> Specifiers {
    let operator = if exactly { "==" } else { ">=" };
    Specifiers::parse(&format!("{operator}{version}")).unwrap_or_default()
}
