//! Members of C++ classes that are `mutable`, and that member functions change which promise to change nothing.
//!
//! In: accesses to fields in all files. Out: spots of `instance-field` for changes that no lock covers. Whoever shares an
//! object to read it counts on its `const` members: the library's own containers are safe to share that way. What such a
//! function remembers in the object, two readers change at once.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use super::method::Spot;
use crate::source::c::origin::Origin;
use crate::source::c::scan::is_number;
use crate::source::c::summary::{Act, Bits, CSeen, FieldSeen, Name, Place};
use crate::source::link::{Id, Project, Word};

/// How many lines before a change what is looked up in the same field belongs to the same step.
const LOOKED_UP: u32 = 24;

/// The spots, where the project hands classes to Python.
pub(super) fn spots(project: &Project<'_>) -> Vec<(Id, Spot)> {
    let mutable = mutable(project);
    let python = project.files.iter().any(|(_, seen)| seen.python || !seen.mentions.is_empty());
    if mutable.is_empty() || !python {
        return Vec::new();
    }
    let shared = shared(project);
    let mut out = Vec::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        let looked_up = looked_up(project, at, seen);
        let none = BTreeSet::new();
        let one_of = |one: &&FieldSeen| one.origin == Origin::THIS && !one.by_call;
        for one in seen.fields.iter().filter(one_of) {
            if !one.act.changes() && one.act != Act::Container {
                continue;
            }
            let id = project.id(at, one.function);
            let Some(function) = project.function(id).filter(|function| function.seen.constant) else {
                continue;
            };
            let class = project.kind(project.word(at, one.kind));
            let Some(field) = first(project, project.word(at, one.field)) else { continue };
            let has = |class: &Word| mutable.contains(&(*class, field));
            let Some(owner) = project.with_bases(class).into_iter().find(has) else { continue };
            // Members of templates are reached by nobody that is seen to call them.
            let covered = || project.reached(id, Bits::default()) && !project.reached(id, Bits::SAFE);
            if one.bits.with(function.seen.always).any(Bits::SAFE) || covered() || !shared.contains(&owner) {
                continue;
            }
            let looks = looked_up.get(&(one.function, field)).unwrap_or(&none);
            out.push((id, spot(project, at, one, (owner, field), looks)));
        }
    }
    out
}

/// Where functions of a file look at fields of their own object, by function and field.
fn looked_up(project: &Project<'_>, at: usize, seen: &CSeen) -> HashMap<(u32, Word), BTreeSet<Place>> {
    let mut out: HashMap<(u32, Word), BTreeSet<Place>> = HashMap::new();
    let looks = |one: &&FieldSeen| matches!(one.act, Act::Read | Act::Test | Act::Borrow | Act::Pass);
    for one in seen.fields.iter().filter(|one| one.origin == Origin::THIS).filter(looks) {
        if let Some(field) = first(project, project.word(at, one.field)) {
            out.entry((one.function, field)).or_default().insert(one.place);
        }
    }
    out
}

/// Fields that are `mutable`, with their classes.
fn mutable(project: &Project<'_>) -> HashSet<(Word, Word)> {
    let mut out = HashSet::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for kind in seen.types.iter().filter(|kind| !kind.mutable.is_empty()) {
            let Some(name) = kind.names.iter().chain(&kind.pointer_names).next() else { continue };
            let class = project.kind(project.word(at, *name));
            out.extend(kind.mutable.iter().map(|field| (class, project.word(at, *field))));
        }
    }
    out
}

/// Classes that Python objects lead to: those they hold, what these keep by value, by pointer or by a smart pointer, and what
/// derives from such a class, unless functions make it by value, for the one call that it is handed to. Of the rest
/// functions only have values of their own.
fn shared(project: &Project<'_>) -> HashSet<Word> {
    let mut leads: HashMap<Word, Vec<Word>> = HashMap::new();
    let made = project.files.iter().enumerate();
    let made = made.flat_map(|(at, (_, seen))| seen.made.iter().map(move |one| (at, one.class)));
    let values: HashSet<Word> = made.map(|(at, class)| project.kind(project.word(at, class))).collect();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for kind in &seen.types {
            let Some(name) = kind.names.iter().chain(&kind.pointer_names).next() else { continue };
            let class = project.kind(project.word(at, *name));
            let word = |name: &Name| project.kind(project.word(at, *name));
            let kept = kind.fields.iter().map(|(_, base, _)| base).chain(&kind.leads).chain(&kind.owned);
            leads.entry(class).or_default().extend(kept.map(word));
            // What stands first in a struct is no base of a class.
            let first = |base: &&Name| kind.fields.iter().any(|(_, of, _)| of == *base);
            let bases = kind.bases.iter().filter(|base| !first(base) && !values.contains(&class));
            for base in bases.map(word) {
                leads.entry(base).or_default().push(class);
            }
        }
    }
    let mut out: HashSet<Word> = HashSet::new();
    let held = leads.keys().filter(|class| project.is_held(**class) || project.is_instance(**class));
    let mut waiting: Vec<Word> = held.copied().collect();
    while let Some(class) = waiting.pop() {
        if out.insert(class) {
            waiting.extend(leads.remove(&class).unwrap_or_default());
        }
    }
    out
}

/// The first field of a path.
fn first(project: &Project<'_>, field: Word) -> Option<Word> {
    let text = project.text(field);
    match text.split_once('.') {
        Some((first, _)) => project.find_word(first),
        None => (!text.is_empty()).then_some(field),
    }
}

fn spot(
    project: &Project<'_>,
    file: usize,
    seen: &FieldSeen,
    key: (Word, Word),
    looks: &BTreeSet<Place>,
) -> Spot {
    let text = |name| project.text(project.word(file, name)).to_owned();
    let object = text(seen.object);
    let mut place = seen.place;
    let first = Place { line: place.line.saturating_sub(LOOKED_UP), ..Place::default() };
    if let Some(look) = looks.range(first..place).next() {
        (place.line, place.column) = (look.line, look.column);
    }
    let number = project
        .shape(key.0, key.1)
        .is_some_and(|shape| shape.pointers == 0 && is_number(project.text(shape.base)));
    let lazy = seen.lazy.is_some() && !seen.deep && !number;
    let counts = number && seen.act == Act::Count;
    let (rank, detector, case) = match seen.act {
        _ if lazy => (9, "lazy-init", "field"),
        _ if counts => (5, "instance-field", "counter"),
        // A number that is read and set is a step of something; one that is only set is not.
        _ if number => (4, "instance-field", "write"),
        _ => (7, "instance-field", "mutable"),
    };
    Spot {
        rank,
        detector,
        case,
        place,
        field: format!("{object}->{}", text(seen.field)),
        object,
        locked: String::new(),
        callee: text(seen.callee),
        key: Some(key),
        plain: number && seen.act != Act::Count && looks.len() < 2,
        also: Vec::new(),
    }
}
