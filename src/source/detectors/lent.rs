//! Structs of C that objects of another language hold: what is told of the functions that these hand them to.
//!
//! In: spots in functions that are handed such a struct, see [`crate::source::link::Called::lent`]. Out: those that are told.
//! The lock that mends them belongs around the call, in the other language, where the call is told as well. So only what the
//! lock is for is told here: where the struct is changed, and where memory is used that some other function moves or frees.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::Row;
use super::method::Spot;
use crate::source::c::summary::{Bits, FieldSeen};
use crate::source::link::{Id, Project, Word};

/// How many functions that use structs of one type are told. What has more is a library with a life of its own: its
/// maintainers say who locks, and the calls tell that nobody does.
const OF_TYPE: usize = 12;

/// The same for all types of a project; where there are more, what the structs lead to is left out.
const IN_ALL: usize = 16;

/// Whether a use of a field is one of a struct of that type of which another thread may have the object, and no lock is held.
pub(super) fn open<'a>(project: &'a Project<'_>) -> impl Fn(Id, Word, &FieldSeen) -> bool + 'a {
    let given = project.lent_to(Bits::SAFE);
    move |id, kind, seen| {
        let given = given.get(id.0 as usize).copied().unwrap_or_default();
        let from = seen.origin.plain();
        project.is_lent(kind)
            && !from.is_shared()
            && !seen.bits.any(Bits::SAFE.with(Bits::INIT).with(Bits::DEALLOC))
            && from.within(given)
    }
}

/// What functions do that are handed such structs, until it is known how many they are.
#[derive(Default)]
pub(super) struct Lent {
    done: BTreeMap<Id, Vec<(Word, Spot)>>,
    /// Functions that read a pointer which others replace.
    reading: BTreeSet<Id>,
}

impl Lent {
    /// Keeps a spot. `beside`: what the function does to the same field.
    pub fn add<'p>(
        &mut self,
        project: &Project<'_>,
        (row, mut spot): (&Row<'_>, Spot),
        mut beside: impl Iterator<Item = &'p Row<'p>>,
    ) {
        if spot.detector == "lazy-init" {
            let pointer = project.shape(row.kind, row.field).is_some_and(|shape| shape.pointers > 0);
            let test = row.seen.lazy.map_or(0, |test| test.line);
            // `p = realloc(p, n); if (!p) { p = old; return; }`
            let before =
                |one: &Row<'_>| one.seen.act.changes() && !one.seen.deep && one.seen.place.line <= test;
            if !pointer || beside.any(|one| one.seen.place != row.seen.place && before(one)) {
                (spot.detector, spot.case, spot.rank, spot.place) =
                    ("instance-field", "write", 4, row.seen.place);
            }
        }
        let direct = project.function(row.id).is_some_and(|one| !one.lent.is_own());
        let follows = match spot.case {
            "buffer" | "borrowed" => true,
            // What it is handed to follows it.
            "read" => !spot.plain && row.seen.callee != 0,
            _ => false,
        };
        if spot.case == "read" && !spot.plain {
            self.reading.insert(row.id);
        }
        if spot.detector != "foreign-handle" && (row.seen.act.changes() || direct && follows) {
            self.done.entry(row.id).or_default().push((row.kind, spot));
        }
    }

    /// The spots that are told.
    pub fn told(self, project: &Project<'_>) -> impl Iterator<Item = (Id, Spot)> {
        let (mut done, reading) = (self.done, self.reading);
        let mut users: BTreeMap<Word, BTreeSet<Id>> = BTreeMap::new();
        for (id, list) in &done {
            for (kind, _) in list {
                users.entry(*kind).or_default().insert(*id);
            }
        }
        let few = |kind: &Word| users.get(kind).is_none_or(|all| all.len() <= OF_TYPE);
        keep(&mut done, few);
        if done.len() > IN_ALL {
            keep(&mut done, |kind| project.is_handed_over(*kind));
        }
        if done.len() > IN_ALL {
            done.clear();
        }
        done.into_iter().flat_map(move |(id, list)| {
            // A number that is written beside a pointer that is read is not all there is to mend.
            let more = reading.contains(&id);
            list.into_iter().map(move |(_, spot)| (id, Spot { plain: spot.plain && !more, ..spot }))
        })
    }
}

/// Leaves only what is done to structs of some types.
fn keep(done: &mut BTreeMap<Id, Vec<(Word, Spot)>>, wanted: impl Fn(&Word) -> bool) {
    done.retain(|_, list| {
        list.retain(|(kind, _)| wanted(kind));
        !list.is_empty()
    });
}
