//! Handles that capsules hold: whoever has the capsule hands the pointer in it to a library, on any thread.
//!
//! In: calls that are handed what a capsule holds. Out: spots of `foreign-handle` where that changes what the pointer leads
//! to, by what the project's own function does, or by the name of a library's.

use super::handle;
use super::method::Spot;
use crate::knowledge::Role;
use crate::source::c::names::{says_asked, says_look};
use crate::source::c::origin::Origin;
use crate::source::c::summary::{Bits, UnboxedSeen};
use crate::source::link::{Id, Project, Word};

/// The places where a capsule's pointer is handed to what changes the state behind it.
pub(super) fn spots(project: &Project<'_>) -> Vec<(Id, Spot)> {
    let mut out = Vec::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in &seen.unboxed {
            let id = project.id(at, one.function);
            let role = project.function(id).and_then(|function| function.role);
            let building = matches!(role, Some(Role::New | Role::Init | Role::Dealloc | Role::Exec));
            if building || !project.exposed(id, one.bits, one.origin, Bits::SAFE, false) {
                continue;
            }
            if changes(project, at, one) {
                out.push((id, spot(project, at, one)));
            }
        }
    }
    out
}

/// Whether the callee changes what the pointer leads to.
fn changes(project: &Project<'_>, file: usize, one: &UnboxedSeen) -> bool {
    let kind = project.word(file, one.kind);
    let callee = project.word(file, one.callee);
    let name = project.text(callee);
    let argument = usize::from(one.argument);
    if project.text(kind).starts_with("Py") || says_look(name, argument) {
        return false;
    }
    let targets = project.resolve(file, callee);
    if targets.is_empty() {
        return handle::is_foreign(name) && says_asked(name, argument);
    }
    // What stands in the capsule is then known by its fields, and is judged by these.
    let written = Origin::param(u32::from(one.argument));
    !project.is_boxed(project.kind(kind)) && targets.iter().all(|id| project.writes(*id).0 & written.0 != 0)
}

fn spot(project: &Project<'_>, file: usize, one: &UnboxedSeen) -> Spot {
    let text = |name: u32| project.text(project.word(file, name)).to_owned();
    let detached = one.bits.any(Bits::DETACHED);
    Spot {
        rank: 7,
        detector: "foreign-handle",
        case: if detached { "detached" } else { "capsule" },
        place: one.place,
        field: text(one.object),
        object: text(one.object),
        locked: String::new(),
        callee: text(one.callee),
        key: Some((project.kind(project.word(file, one.kind)), Word::MAX)),
        plain: false,
        also: Vec::new(),
    }
}
