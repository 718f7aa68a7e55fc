//! Pointers that are filled once and stay: under a lock, after another look whether somebody else was first.
//!
//! In: accesses to fields. Out: the fields of which all this is true. Who finds such a field set finds what it will hold
//! for as long as there is the object, with or without the lock.

use foldhash::{HashMap, HashMapExt as _, HashSet};

use super::fields::Row;
use crate::knowledge::Role;
use crate::source::c::summary::{Act, Bits, Place};
use crate::source::link::{Id, Project, Word};

/// A field of a type.
type Key = (Word, Word);

/// Finds them.
pub(super) fn fields(project: &Project<'_>, rows: &[Row<'_>]) -> HashSet<Key> {
    let mut tests: HashMap<(Id, Key), Place> = HashMap::new();
    for row in rows.iter().filter(|row| row.seen.act == Act::Test && row.seen.bits.any(Bits::LOCK)) {
        let first = tests.entry((row.id, (row.kind, row.field))).or_insert(row.seen.place);
        *first = (*first).min(row.seen.place);
    }
    if tests.is_empty() {
        return HashSet::default();
    }
    let looked = |id: Id, key: Key, before: Place| tests.get(&(id, key)).is_some_and(|test| *test < before);
    let set_up = Bits::INIT.with(Bits::DEALLOC);
    let mut changes: Vec<(Key, &Row<'_>)> = Vec::new();
    for row in rows {
        let role = project.function(row.id).and_then(|function| function.role);
        let building = matches!(role, Some(Role::New | Role::Init | Role::Dealloc | Role::Exec));
        let changed = row.seen.act.changes() && !row.seen.deep || row.seen.act == Act::Address;
        if changed && !building && project.exposed(row.id, row.seen.bits, row.origin, set_up, false) {
            changes.push(((row.kind, row.field), row));
        }
    }
    let mut settled: HashMap<Key, bool> = HashMap::new();
    // Functions that fill for those who hold the lock and have looked.
    let mut helpers: HashMap<Id, Vec<Key>> = HashMap::new();
    for (key, row) in &changes {
        let pointer = project.shape(row.kind, row.field).is_some_and(|shape| shape.pointers == 1);
        let mut fills = pointer && is_plain(row);
        if fills && !(row.seen.bits.any(Bits::LOCK) && looked(row.id, *key, row.seen.place)) {
            let role = project.function(row.id).and_then(|function| function.role);
            fills = role.is_none() && !project.is_root(row.id);
            let known = helpers.entry(row.id).or_default();
            if fills && !known.contains(key) {
                known.push(*key);
            }
        }
        *settled.entry(*key).or_insert(true) &= fills;
    }
    for link in project.links.iter().filter(|_| !helpers.is_empty()) {
        for key in link.targets.iter().filter_map(|id| helpers.get(id)).flatten() {
            if !(link.call.bits.any(Bits::LOCK) && looked(link.caller, *key, link.call.place)) {
                settled.insert(*key, false);
            }
        }
    }
    let mut out: HashSet<Key> = settled.iter().filter_map(|(key, all)| all.then_some(*key)).collect();
    // What such a function stores besides is there as soon as the pointer is.
    helpers.retain(|_, keys| keys.iter().any(|key| out.contains(key)));
    let mut besides: HashMap<Key, bool> = HashMap::new();
    for (key, row) in changes.iter().filter(|_| !helpers.is_empty()) {
        *besides.entry(*key).or_insert(true) &= is_plain(row) && helpers.contains_key(&row.id);
    }
    out.extend(besides.into_iter().filter_map(|(key, all)| all.then_some(key)));
    out
}

/// Whether a change is a store to a field of an object.
fn is_plain(row: &Row<'_>) -> bool {
    row.seen.act == Act::Write && !row.hung && !row.kept
}
