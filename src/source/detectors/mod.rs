//! Detectors over a whole project: hazards of data that several functions share.
//!
//! In: a [`Project`]. Out: findings, worded by the rules that listen. Each detector first decides which data is
//! changed while others may use it, and only then reports the uses that no lock covers: data that is filled once
//! and read ever after is no hazard, however it looks at one place.

mod again;
mod attributes;
mod behind;
mod capsule;
mod counts;
mod fields;
mod gather;
mod handle;
mod hung;
mod late;
mod lent;
mod libraries;
mod made;
mod method;
mod mutable;
mod settled;
mod state;
mod statics;
mod touched;
mod unlocked;

pub use libraries::{LISTED, WRAPS};

use super::c::origin::Origin;
use super::c::summary::{Bits, Place};
use super::found;
use super::link::{Id, Link, Project};
use crate::model::{Finding, Related};
use crate::rules::{Language, RuleSet};

/// Runs every detector, and settles what single files left open.
pub fn run(project: &Project<'_>, rules: &RuleSet) -> Vec<Finding> {
    let mut out = Vec::new();
    settle(project, &mut out);
    let before = out.len();
    statics::run(project, rules, &mut out);
    // A call that changes an object which a variable keeps is told of the variable, and not again of its fields.
    let of_statics = out.get(before..).unwrap_or_default().iter().map(|one| &one.location);
    let told = of_statics.map(|place| (place.path.clone(), place.line)).collect();
    fields::run(project, rules, &told, &mut out);
    late::run(project, rules, &mut out);
    attributes::run(project, rules, &mut out);
    counts::run(project, rules, &mut out);
    made::run(project, rules, &mut out);
    libraries::run(project, rules, &mut out);
    out
}

/// Keeps the findings of single files that no caller makes safe.
fn settle(project: &Project<'_>, out: &mut Vec<Finding>) {
    let foreign = foreign(project);
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for pending in &seen.pending {
            let real = pending.function.is_none_or(|function| {
                let id = project.id(at, function);
                match pending.shared {
                    Some(origin) => {
                        let given = foreign.get(id.0 as usize).copied().unwrap_or_default();
                        let handed = !given.is_own()
                            && origin.0 & given.0 != 0
                            && !project.covered(id, Bits::default(), pending.unless.without(Bits::LOCK));
                        handed || project.exposed(id, Bits::default(), origin, pending.unless, true)
                    }
                    None if pending.unless == Bits::default() => true,
                    None => !project.covered(id, Bits::default(), pending.unless),
                }
            });
            if real {
                out.push(pending.finding.clone());
            }
        }
    }
}

/// Which parameters of functions may be what Python handed over, in calls made while locks are held that are not on it.
fn foreign(project: &Project<'_>) -> Vec<Origin> {
    let mut start = vec![Origin::OWN; project.functions.len()];
    for link in project.links.iter().filter(|link| !link.call.foreign.is_own() && !link.one_of) {
        for target in &link.targets {
            if let Some(one) = start.get_mut(target.0 as usize) {
                *one = one.or(link.call.foreign);
            }
        }
    }
    if start.iter().all(|one| one.is_own()) {
        return Vec::new();
    }
    // A section that a helper opens may well be on it.
    let open = |link: &Link<'_>| !link.one_of && !link.call.bits.any(Bits::SECTION);
    project.spread(start, open, |origin| !origin.is_shared())
}

/// A place in a function that is to be reported.
#[derive(Debug, Clone)]
struct Site {
    /// Index of the file.
    file: usize,
    /// The function; none at file level.
    function: Option<Id>,
    /// Where.
    place: Place,
    /// What the fingerprint is made of besides rule, path and function.
    text: String,
}

/// Words what a detector found, once per rule that listens.
fn report(
    project: &Project<'_>,
    rules: &RuleSet,
    (detector, case): (&str, &str),
    site: &Site,
    filling: &[(&str, &str)],
    out: &mut Vec<Finding>,
) {
    report_with(project, rules, (detector, case), site, filling, &[], out);
}

/// The same, with other places that belong to it.
fn report_with(
    project: &Project<'_>,
    rules: &RuleSet,
    (detector, case): (&str, &str),
    site: &Site,
    filling: &[(&str, &str)],
    related: &[Related],
    out: &mut Vec<Finding>,
) {
    let Some((path, seen)) = project.files.get(site.file) else { return };
    let within = site.function.and_then(|id| project.function(id));
    let function = within.map_or("", |f| project.text(f.name));
    let class =
        within.and_then(|f| Some(project.text(project.word(f.file, f.seen.class?)))).unwrap_or_default();
    let place = found::Place {
        location: site.place.location(path),
        function: function.to_owned(),
        owner: class.to_owned(),
        text: site.text.clone(),
    };
    let language = seen.language.unwrap_or(Language::C);
    out.extend(rules.word(detector, case, language, filling).map(|wording| {
        let mut finding = found::finding(wording, &place);
        finding.related = related.to_vec();
        finding
    }));
}
