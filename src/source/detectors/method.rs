//! Tells what a function does to objects without a lock.
//!
//! In: the places in one function. Out: findings, one for what stands on neighbouring lines about one object: the
//! gravest. Each names the place where another function changes the field, which is what it races with.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;

use super::{Site, report_with};
use crate::model::{Finding, Related};
use crate::rules::RuleSet;
use crate::source::c::summary::Place;
use crate::source::link::{Id, Project, Word};

/// How many of the places that a finding speaks for it lists.
const LISTED: usize = 12;

/// Where a field of a type is changed without a lock, once; and whether only what is behind it is.
pub(super) type Writers = HashMap<(Word, Word), (Id, Place, bool)>;

/// A use of a shared object that no lock covers.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// The graver, the higher.
    pub rank: u8,
    pub detector: &'static str,
    pub case: &'static str,
    pub place: Place,
    /// The path as written.
    pub field: String,
    pub object: String,
    /// Which Python objects' critical sections order it: that object's, or two of a call on lines of their own; empty
    /// where there are none.
    pub locked: String,
    pub callee: String,
    /// The field's type and name; none for a call that uses several.
    pub key: Option<(Word, Word)>,
    /// A plain number is read or written whole.
    pub plain: bool,
    /// Where other functions do the same, which this one speaks for.
    pub also: Vec<(Id, Place)>,
}

/// Which spots of a function are one finding.
fn kind(detector: &str) -> &str {
    match detector {
        "instance-field" | "instance-call" | "foreign-handle" => "instance",
        other => other,
    }
}

/// Reports what was found in a function.
pub(super) fn report(
    project: &Project<'_>,
    rules: &RuleSet,
    id: Id,
    list: Vec<Spot>,
    writers: &Writers,
    out: &mut Vec<Finding>,
) {
    // One number that is read or written once can be stale, but neither torn nor at odds with others.
    let used: BTreeSet<(&str, bool)> = list
        .iter()
        .filter(|spot| kind(spot.detector) == "instance")
        .map(|spot| (spot.field.as_str(), spot.plain))
        .collect();
    let alone = used.len() == 1 && used.iter().all(|(_, plain)| *plain);
    let mut objects: BTreeMap<String, Vec<Spot>> = BTreeMap::new();
    for spot in list {
        objects.entry(spot.object.clone()).or_default().push(spot);
    }
    for spot in objects.into_values().flat_map(gravest) {
        let case = if alone && kind(spot.detector) == "instance" { "alone" } else { spot.case };
        tell(project, rules, id, &Spot { case, ..spot }, writers, out);
    }
}

/// One spot for what stands on the same or neighbouring lines about one object: the gravest.
fn gravest(mut list: Vec<Spot>) -> Vec<Spot> {
    list.sort_by_key(|spot| (spot.place, std::cmp::Reverse(spot.rank)));
    let mut out: Vec<Spot> = Vec::new();
    for spot in list {
        match out.last_mut() {
            Some(last) if spot.place.line <= last.place.end_line.saturating_add(1) => {
                let whole = around(last.place, spot.place);
                if spot.rank > last.rank {
                    *last = spot;
                }
                last.place = whole;
            }
            _ => out.push(spot),
        }
    }
    out
}

/// From the beginning of the first to the end of the last.
fn around(first: Place, second: Place) -> Place {
    let end = (first.end_line, first.end_column).max((second.end_line, second.end_column));
    Place { line: first.line, column: first.column, end_line: end.0, end_column: end.1 }
}

fn tell(
    project: &Project<'_>,
    rules: &RuleSet,
    id: Id,
    spot: &Spot,
    writers: &Writers,
    out: &mut Vec<Finding>,
) {
    let Some(function) = project.function(id) else { return };
    let mut related: Vec<Related> = Vec::new();
    if let Some((writer, place, _)) = spot.key.and_then(|key| writers.get(&key))
        && *writer != id
        && let Some(other) = project.function(*writer)
        && let Some((path, _)) = project.files.get(other.file)
    {
        let message = format!("`{}` changes it here", project.text(other.name));
        related.push(Related { location: place.location(path), message });
    }
    if let Some(lender) = project.lender(id) {
        let message = format!("`{}` hands it what its object holds, and holds no lock", lender.name);
        related.push(Related { location: lender.location.clone(), message });
    }
    for (other, place) in spot.also.iter().take(LISTED) {
        if let Some(other) = project.function(*other)
            && let Some((path, _)) = project.files.get(other.file)
        {
            let message = format!("so does `{}`", project.text(other.name));
            related.push(Related { location: place.location(path), message });
        }
    }
    let count = spot.also.len().to_string();
    let site = Site {
        file: function.file,
        function: Some(id),
        place: spot.place,
        text: format!("{} {}", spot.field, spot.case),
    };
    let fill = [
        ("field", spot.field.as_str()),
        ("object", spot.object.as_str()),
        ("locked", spot.locked.as_str()),
        ("callee", spot.callee.as_str()),
        ("variable", spot.field.as_str()),
        ("function", project.text(function.name)),
        ("count", count.as_str()),
    ];
    report_with(project, rules, (spot.detector, spot.case), &site, &fill, &related, out);
}
