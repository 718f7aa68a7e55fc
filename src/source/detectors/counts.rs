//! Counts of owners in plain numbers: whoever counts down to zero frees what several have.
//!
//! In: where files count down, test and free. Out: findings of `instance-field` where the count is not atomic, no lock is
//! held, and code that runs for Python gets there. That somebody counts owners says that there are several: where Python objects
//! are among these, the lock of one keeps no others out. What only a library counts among its own, as an engine does that each
//! object has for itself, is left alone.

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use super::{Site, report_with};
use crate::model::{Finding, Related};
use crate::rules::RuleSet;
use crate::source::c::summary::{Act, Bits, CountSeen};
use crate::source::link::{Id, Project, Word};

/// How many places that count up a finding lists.
const LISTED: usize = 12;

/// How many counts of a project are told each by itself. A library with more of them made it a habit, and mends it as one.
const EACH: usize = 4;

/// A count, with where others count up.
struct Found<'p> {
    file: usize,
    id: Id,
    seen: &'p CountSeen,
    up: Vec<Related>,
}

pub(super) fn run(project: &Project<'_>, rules: &RuleSet, out: &mut Vec<Finding>) {
    if project.files.iter().all(|(_, seen)| seen.counts.is_empty()) {
        return;
    }
    // Objects that are freed are as good a way in as others: two threads free two owners.
    let entered = project.entered(Bits::LOCK);
    let pointed: HashSet<Word> = project
        .fields()
        .filter(|(owner, _)| project.is_instance(*owner) || project.is_part(*owner))
        .filter_map(|(owner, field)| Some(project.kind(project.shape(owner, field)?.base)))
        .collect();
    let ups = counting_up(project);
    let mut all: Vec<Found<'_>> = Vec::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in &seen.counts {
            let id = project.id(at, one.function);
            let Some((kind, field)) = counted(project, at, one) else { continue };
            let reached = entered.get(id.0 as usize) == Some(&true) || is_member(project, id, kind);
            let owned = pointed.contains(&kind) || project.is_held(kind);
            if !one.bits.any(Bits::LOCK) && reached && owned {
                let up = ups.get(&(kind, field)).map_or(&[][..], Vec::as_slice);
                let others = up.iter().filter(|(counts, _)| *counts != id).take(LISTED);
                let up = others.map(|(_, place)| place.clone()).collect();
                all.push(Found { file: at, id, seen: one, up });
            }
        }
    }
    if all.len() > EACH {
        // The one that most places count speaks for the others.
        all.sort_by_key(|one| std::cmp::Reverse(one.up.len()));
        let rest = all.split_off(1);
        let others = rest.iter().take(LISTED).filter_map(|one| {
            let (path, seen) = project.files.get(one.file)?;
            let message = format!("so does `{}`", seen.text(one.seen.text));
            Some(Related { location: one.seen.place.location(path), message })
        });
        let others: Vec<Related> = others.collect();
        all.iter_mut().for_each(|one| one.up.extend(others.iter().cloned()));
    }
    for one in all {
        let Some((_, seen)) = project.files.get(one.file) else { continue };
        let text = seen.text(one.seen.text);
        let site = Site {
            file: one.file,
            function: Some(one.id),
            place: one.seen.place,
            text: format!("{text} shared-count"),
        };
        let fill = [("field", text), ("object", text), ("locked", "")];
        report_with(project, rules, ("instance-field", "shared-count"), &site, &fill, &one.up, out);
    }
}

/// The struct that is counted, and the field that counts, if neither is a Python object's nor guarded.
fn counted(project: &Project<'_>, file: usize, one: &CountSeen) -> Option<(Word, Word)> {
    let mut kind = project.kind(project.word(file, one.kind));
    let steps = project.text(project.word(file, one.steps));
    let of = |kind: Word, field: Word| {
        project.with_bases(kind).into_iter().find_map(|class| project.shape(class, field))
    };
    let mut first = None;
    for step in steps.split('.').filter(|step| !step.is_empty()) {
        let shape = of(kind, project.find_word(step)?)?;
        first = project.find_word(step).map(|field| (kind, field));
        kind = project.kind(shape.base);
    }
    let field = project.word(file, one.field);
    if project.text(field).is_empty() {
        return first;
    }
    let shape = of(kind, field)?;
    let plain = shape.pointers == 0 && project.text(shape.base) != "PyMutex";
    (plain && !project.is_instance(kind)).then_some((kind, field))
}

/// Whether a function is a member of a class that Python objects may hold.
fn is_member(project: &Project<'_>, id: Id, kind: Word) -> bool {
    let Some(function) = project.function(id) else { return false };
    let class = function.seen.class.map(|class| project.kind(project.word(function.file, class)));
    class.is_some_and(|class| project.is_held(class)) || class.is_some() && project.is_held(kind)
}

/// Where functions count fields: the first place of each function, for no more functions of a field than a finding lists
/// beside its own.
fn counting_up(project: &Project<'_>) -> HashMap<(Word, Word), Vec<(Id, Related)>> {
    let mut told: HashSet<(Word, Word, Id)> = HashSet::new();
    let mut out: HashMap<(Word, Word), Vec<(Id, Related)>> = HashMap::new();
    for (at, (path, seen)) in project.files.iter().enumerate() {
        for row in seen.fields.iter().filter(|row| row.act == Act::Count && !row.deep && !row.by_call) {
            let (kind, field) = (project.kind(project.word(at, row.kind)), project.word(at, row.field));
            let id = project.id(at, row.function);
            let all = out.entry((kind, field)).or_default();
            if all.len() <= LISTED && told.insert((kind, field, id)) {
                let name = project.function(id).map_or("", |one| project.text(one.name));
                let message = format!("`{name}` counts it here");
                all.push((id, Related { location: row.place.location(path), message }));
            }
        }
    }
    out
}
