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
    let mut settled: HashMap<Key, bool> = HashMap::new();
    if tests.is_empty() {
        return HashSet::default();
    }
    let looked = |id: Id, key: Key, before: Place| tests.get(&(id, key)).is_some_and(|test| *test < before);
    let set_up = Bits::INIT.with(Bits::DEALLOC);
    // Functions that fill for those who hold the lock and have looked.
    let mut helpers: HashMap<Id, Vec<Key>> = HashMap::new();
    for row in rows {
        let role = project.function(row.id).and_then(|function| function.role);
        let building = matches!(role, Some(Role::New | Role::Init | Role::Dealloc | Role::Exec));
        let changes = row.seen.act.changes() && !row.seen.deep || row.seen.act == Act::Address;
        if building || !changes || !project.exposed(row.id, row.seen.bits, row.origin, set_up, false) {
            continue;
        }
        let key = (row.kind, row.field);
        let pointer = project.shape(row.kind, row.field).is_some_and(|shape| shape.pointers == 1);
        let mut fills = pointer && !row.hung && !row.kept && row.seen.act == Act::Write;
        if fills && !(row.seen.bits.any(Bits::LOCK) && looked(row.id, key, row.seen.place)) {
            fills = role.is_none() && !project.is_root(row.id);
            let known = helpers.entry(row.id).or_default();
            if fills && !known.contains(&key) {
                known.push(key);
            }
        }
        let all = settled.entry(key).or_insert(true);
        *all &= fills;
    }
    for link in project.links.iter().filter(|_| !helpers.is_empty()) {
        for key in link.targets.iter().filter_map(|id| helpers.get(id)).flatten() {
            if !(link.call.bits.any(Bits::LOCK) && looked(link.caller, *key, link.call.place)) {
                settled.insert(*key, false);
            }
        }
    }
    settled.into_iter().filter_map(|(key, all)| all.then_some(key)).collect()
}
