//! Containers of C++ classes that some member functions change under a lock, and others use without one.
//!
//! In: accesses to fields in all files. Out: spots of `instance-field` for uses that no lock covers. That a class takes
//! its lock around changes says that several threads have its objects, whoever these are: no caller has to be seen.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use super::handle;
use super::method::Spot;
use crate::knowledge::Knowledge;
use crate::source::c::names::words;
use crate::source::c::origin::Origin;
use crate::source::c::scan::is_number;
use crate::source::c::summary::{Act, Bits, FieldSeen, Place};
use crate::source::link::{Id, Link, Project, Word};

/// How many functions for one that holds the lock may use a map without it.
const FORGET: usize = 3;

/// A field: its class and name.
type Key = (Word, Word);

/// What member functions do to one field.
#[derive(Default)]
struct Uses<'p> {
    /// Where one changes it under a lock.
    writer: Option<(Id, Place)>,
    /// Functions that use it under a lock.
    held: BTreeSet<Id>,
    /// Uses without one.
    bare: BTreeMap<Id, Vec<(usize, &'p FieldSeen)>>,
}

/// The spots, with where the field is changed under the lock.
pub(super) fn spots(project: &Project<'_>) -> Vec<(Id, Spot, (Id, Place))> {
    let guarded = guarded_classes(project);
    if guarded.is_empty() {
        return Vec::new();
    }
    let called = LazyCell::new(|| called_locked(project));
    let mut fields: BTreeMap<Key, Uses<'_>> = BTreeMap::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in seen.fields.iter().filter(|one| one.origin == Origin::THIS && !one.by_call) {
            let key = (project.kind(project.word(at, one.kind)), project.word(at, one.field));
            let id = project.id(at, one.function);
            let alone = Bits::INIT.with(Bits::DEALLOC);
            let always = project.function(id).map(|function| function.seen.always).unwrap_or_default();
            if !guarded.contains(&key.0) || one.bits.with(always).any(alone) || !is_container(project, key) {
                continue;
            }
            let uses = fields.entry(key).or_default();
            if one.bits.with(always).any(Bits::LOCK) {
                uses.held.insert(id);
                // What is made once under a lock may be read without one ever after.
                let makes = || says_set(project.text(project.word(at, one.callee)));
                // Nor does it say much that a lock is held where others do not have the object yet.
                let changed = one.act == Act::Container || puts(project, key, one);
                if changed && !makes() && !is_setting_up(project, id) {
                    uses.writer.get_or_insert((id, one.place));
                }
            } else if called.get(id.0 as usize) != Some(&true) && !is_setting_up(project, id) {
                uses.bare.entry(id).or_default().push((at, one));
            }
        }
    }
    let mut out = Vec::new();
    for (key, uses) in fields {
        // A lock around what is put into a map is there for the map, however many forget it.
        let most = uses.held.len() * if is_map(project, key) { FORGET } else { 1 };
        let Some(writer) = uses.writer.filter(|_| uses.bare.len() <= most) else { continue };
        // A library below a binding shows itself by its classes that Python objects hold.
        let held = project.is_held(key.0) && is_library_container(project, key);
        for (id, list) in uses.bare {
            let reached = |at: usize| held || project.files.get(at).is_some_and(|(_, seen)| seen.python);
            let list = list.iter().filter(|(at, one)| reached(*at) && one.act != Act::Test);
            out.extend(list.map(|(at, one)| (id, spot(project, *at, one, key), writer)));
        }
    }
    out
}

/// Classes that have a lock of their own.
fn guarded_classes(project: &Project<'_>) -> BTreeSet<Word> {
    let fields = project
        .fields()
        .filter(|key| project.shape(key.0, key.1).is_some_and(|shape| project.text(shape.base) == "PyMutex"));
    fields.map(|(kind, _)| kind).filter(|kind| project.is_struct(*kind)).collect()
}

/// Whether a field holds other values and is no number, pointer or lock.
fn is_container(project: &Project<'_>, key: Key) -> bool {
    let Some(shape) = project.shape(key.0, key.1) else { return false };
    let base = project.text(shape.base);
    handle::is_value(project, key) && base != "PyMutex" && !is_number(base)
}

/// Whether a field is a container whose members are known to lock nothing: of a library's own classes, many do.
fn is_library_container(project: &Project<'_>, key: Key) -> bool {
    let shape = project.shape(key.0, key.1);
    let known = |base: &str| Knowledge::builtin().tables().is_container(base);
    shape.is_some_and(|shape| known(project.text(shape.base))) || is_map(project, key)
}

/// Whether a field's type says that it finds values by keys: what is put into one may move all others.
fn is_map(project: &Project<'_>, key: Key) -> bool {
    let Some(shape) = project.shape(key.0, key.1) else { return false };
    let words = words(project.text(shape.base));
    let any = |of: &[&str]| words.iter().any(|word| of.contains(&word.as_str()));
    !project.is_struct(project.kind(shape.base))
        && any(&["map", "multimap", "set", "multiset", "dict"])
        && !any(&["concurrent", "atomic", "sync", "synchronized", "locked", "safe"])
}

/// Whether a use is `map[key] = value`.
fn puts(project: &Project<'_>, key: Key, one: &FieldSeen) -> bool {
    one.deep && one.act.changes() && is_map(project, key)
}

/// Functions that only run where their callers hold a lock, or are alone with the object.
fn called_locked(project: &Project<'_>) -> Vec<bool> {
    let mut locked = vec![false; project.functions.len()];
    let plain = |link: &&Link<'_>| !link.one_of;
    for link in project.links.iter().filter(plain) {
        for target in link.targets.iter().filter(|target| **target != link.caller) {
            let seen = project.function(*target).is_some_and(|one| !one.taken && one.role.is_none());
            if let Some(one) = locked.get_mut(target.0 as usize) {
                *one = seen;
            }
        }
    }
    let mut waiting: Vec<Id> = (0..project.functions.len() as u32).map(Id).collect();
    while let Some(id) = waiting.pop() {
        let holds = project.function(id).is_none_or(|function| function.seen.always.any(Bits::SAFE));
        if holds || locked.get(id.0 as usize) == Some(&true) {
            continue;
        }
        for link in project.outgoing(id).iter().filter(plain).filter(|link| !link.call.bits.any(Bits::SAFE)) {
            for target in &link.targets {
                if let Some(one) = locked.get_mut(target.0 as usize).filter(|one| **one) {
                    *one = false;
                    waiting.push(*target);
                }
            }
        }
    }
    locked
}

/// Whether a function's name says that it runs before others have the object, or when they have it no more.
fn is_setting_up(project: &Project<'_>, id: Id) -> bool {
    const ALONE: [&str; 14] = [
        "init",
        "initialize",
        "setup",
        "start",
        "open",
        "create",
        "load",
        "stop",
        "join",
        "close",
        "shutdown",
        "finalize",
        "destroy",
        "cleanup",
    ];
    let Some(function) = project.function(id) else { return true };
    let words = words(project.text(function.name));
    words.first().is_some_and(|first| ALONE.contains(&first.as_str()))
}

/// Whether a member function's name says that it gives its object a value as a whole.
fn says_set(name: &str) -> bool {
    words(name).first().is_some_and(|first| matches!(first.as_str(), "reset" | "set" | "assign" | "swap"))
}

fn spot(project: &Project<'_>, file: usize, seen: &FieldSeen, key: Key) -> Spot {
    let text = |name| project.text(project.word(file, name)).to_owned();
    let object = text(seen.object);
    Spot {
        rank: 7,
        detector: "instance-field",
        case: "unlocked",
        place: seen.place,
        field: format!("{object}->{}", text(seen.field)),
        object,
        locked: String::new(),
        callee: text(seen.callee),
        key: Some(key),
        plain: false,
        also: Vec::new(),
    }
}
