//! Objects that a second `__init__` replaces: Python code may call it on an object that other threads use by then.
//!
//! In: accesses to fields. Out: spots of `instance-field` for fields whose old value `tp_init`, or a helper that it hands
//! its object to, drops. What it only assigns is most often the first value that the object has.

use std::collections::BTreeMap;

use super::fields::Row;
use super::method::Spot;
use crate::knowledge::Role;
use crate::source::c::origin::Origin;
use crate::source::c::summary::{Act, Bits};
use crate::source::link::{Id, Project};

/// The spots.
pub(super) fn spots(project: &Project<'_>, rows: &[Row<'_>]) -> Vec<(Id, Spot)> {
    let own = initialised(project);
    let swapped = rows.iter().filter(|row| {
        let given = own.get(&row.id).copied().unwrap_or_default();
        row.seen.act == Act::Swap
            && !row.seen.deep
            && !row.seen.bits.any(Bits::SAFE)
            && row.python
            && !row.origin.plain().is_shared()
            && row.origin.within(given)
    });
    swapped.map(|row| (row.id, spot(project, row))).collect()
}

/// Functions that have the object of a `tp_init`, with the parameters that it comes in by. A caller that holds a lock
/// lends it.
fn initialised(project: &Project<'_>) -> BTreeMap<Id, Origin> {
    let mut own: BTreeMap<Id, Origin> = BTreeMap::new();
    let mut waiting: Vec<Id> = Vec::new();
    for at in 0..project.functions.len() as u32 {
        if project.function(Id(at)).is_some_and(|function| function.role == Some(Role::Init)) {
            own.insert(Id(at), Origin::param(0));
            waiting.push(Id(at));
        }
    }
    while let Some(id) = waiting.pop() {
        let given = own.get(&id).copied().unwrap_or_default();
        for link in project.outgoing(id).iter().filter(|link| !link.one_of && !link.call.bits.any(Bits::SAFE))
        {
            let mut gained = Origin::OWN;
            for (n, origin) in link.call.arguments.iter().enumerate() {
                if !origin.plain().is_shared() && origin.within(given) {
                    gained = gained.or(Origin::param(n as u32));
                }
            }
            if gained.is_own() {
                continue;
            }
            for target in &link.targets {
                let known = own.entry(*target).or_default();
                if known.or(gained) != *known {
                    *known = known.or(gained);
                    waiting.push(*target);
                }
            }
        }
    }
    own
}

fn spot(project: &Project<'_>, row: &Row<'_>) -> Spot {
    let text = |name| project.text(project.word(row.file, name)).to_owned();
    let object = text(row.seen.object);
    Spot {
        rank: 7,
        detector: "instance-field",
        case: "again",
        place: row.seen.place,
        field: format!("{object}->{}", text(row.seen.field)),
        locked: object.clone(),
        object,
        callee: text(row.seen.callee),
        key: Some((row.kind, row.field)),
        plain: false,
        also: Vec::new(),
    }
}
