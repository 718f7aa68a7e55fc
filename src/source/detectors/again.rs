//! Objects that a second `__init__` replaces: Python code may call it on an object that other threads use by then.
//!
//! In: accesses to fields. Out: spots of `instance-field` for fields whose old value `tp_init`, or a helper that it hands
//! its object to, drops. What it only assigns is most often the first value that the object has.

use super::fields::Row;
use super::method::Spot;
use crate::knowledge::Role;
use crate::source::c::origin::Origin;
use crate::source::c::summary::{Act, Bits};
use crate::source::link::{Id, Link, Linked, Project};

/// The spots.
pub(super) fn spots(project: &Project<'_>, rows: &[Row<'_>]) -> Vec<(Id, Spot)> {
    let own = initialised(project);
    let swapped = rows.iter().filter(|row| {
        let given = own.get(row.id.0 as usize).copied().unwrap_or_default();
        row.seen.act == Act::Swap
            && !row.seen.deep
            && !row.seen.bits.any(Bits::SAFE)
            && row.python
            && !row.origin.plain().is_shared()
            && row.origin.within(given)
    });
    swapped.map(|row| (row.id, spot(project, row))).collect()
}

/// For each function the parameters by which it has the object of a `tp_init`. A caller that holds a lock lends it.
fn initialised(project: &Project<'_>) -> Vec<Origin> {
    let init = |one: &Linked<'_>| if one.role == Some(Role::Init) { Origin::param(0) } else { Origin::OWN };
    let start = project.functions.iter().map(init).collect();
    let counts = |link: &Link<'_>| !link.one_of && !link.call.bits.any(Bits::SAFE);
    project.spread(start, counts, |origin| !origin.is_shared())
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
