//! Makes one spot of what many functions do alike, where one place mends it for all.
//!
//! In: the places of all functions. Out: the same, the first of those that are alike with the others beside it.

use std::collections::{BTreeMap, BTreeSet};

use super::handle;
use super::method::Spot;
use crate::source::c::names::{begins_change, says_asked};
use crate::source::c::summary::Place;
use crate::source::link::{Id, Project, Word};

/// How many functions may hand one handle to its library before the type is told instead of each of them.
const WRAPPER: usize = 8;

/// How many functions may call one helper before it is told once. More than for handles: each of these calls is a step
/// of its own method, which may want more than the helper's lock.
const HELPER: usize = 16;

/// Makes one spot of all that hand the same handle to its library, where so many functions do that the type is a wrapper
/// of the library's: what mends it is a lock in the type, and the first place says so for all. Where a method can close
/// the handle it is worse, a use after free, and each place is told. So is each place that changes what the handle stands
/// for by the name of what is called, where there are few: the others only race with those.
pub(super) fn handles(
    project: &Project<'_>,
    closed: &dyn Fn(&(Word, Word)) -> bool,
    spots: &mut BTreeMap<Id, Vec<Spot>>,
) {
    let handed = |spot: &Spot| {
        let handed = spot.detector == "foreign-handle" && spot.case != "look";
        let calls = spot.detector == "instance-field" && matches!(spot.case, "read" | "container" | "buffer");
        spot.key.filter(|key| (handed || calls && handle::is_class(project, *key)) && !closed(key))
    };
    let changes = |spot: &Spot| says_asked(&spot.callee, 0) || begins_change(&spot.callee);
    let mut users: BTreeMap<(Word, Word), (BTreeSet<Id>, BTreeSet<Id>)> = BTreeMap::new();
    for (id, list) in spots.iter_mut() {
        for spot in list {
            let Some(key) = handed(spot) else { continue };
            let (all, changing) = users.entry(key).or_default();
            all.insert(*id);
            if changes(spot) {
                changing.insert(*id);
                if spot.detector == "instance-field" {
                    (spot.detector, spot.case, spot.rank) = ("foreign-handle", "call", 7);
                }
            }
        }
    }
    users.retain(|_, (all, _)| all.len() > WRAPPER);
    let many = |key: &(Word, Word)| users.get(key).is_some_and(|(_, changing)| changing.len() > WRAPPER);
    let gathered =
        |spot: &Spot| handed(spot).filter(|key| users.contains_key(key) && (!changes(spot) || many(key)));
    gather(spots, 1, &gathered, &|spot| {
        (spot.detector, spot.case, spot.rank) = ("foreign-handle", "type", 10);
    });
}

/// Makes one spot of all calls of a helper, where so many functions call it that what mends them is a lock in the helper,
/// or a rule for all who call it.
pub(super) fn calls(spots: &mut BTreeMap<Id, Vec<Spot>>) {
    let called = |spot: &Spot| (spot.detector == "instance-call").then(|| spot.callee.clone());
    gather(spots, HELPER, &called, &|spot| spot.case = "type");
}

/// Makes one spot of all that have the same key in more than `most` functions: the first, which lists the others.
fn gather<K: Ord>(
    spots: &mut BTreeMap<Id, Vec<Spot>>,
    most: usize,
    key: &dyn Fn(&Spot) -> Option<K>,
    change: &dyn Fn(&mut Spot),
) {
    let mut users: BTreeMap<K, Vec<(Id, Place)>> = BTreeMap::new();
    for (id, list) in spots.iter() {
        for (spot, key) in list.iter().filter_map(|spot| Some((spot, key(spot)?))) {
            let users = users.entry(key).or_default();
            if users.last().is_none_or(|(last, _)| last != id) {
                users.push((*id, spot.place));
            }
        }
    }
    users.retain(|_, list| list.len() > most);
    let mut told: BTreeSet<K> = BTreeSet::new();
    for list in spots.values_mut() {
        list.retain_mut(|spot| {
            let Some(key) = key(spot) else { return true };
            let Some(users) = users.get(&key) else { return true };
            // The list is as long as there are spots: only the first is worth having it.
            if !told.insert(key) {
                return false;
            }
            change(spot);
            spot.also = users.iter().skip(1).copied().collect();
            true
        });
    }
    spots.retain(|_, list| !list.is_empty());
}
