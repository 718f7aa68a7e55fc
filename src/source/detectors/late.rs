//! Locks that exist only later: made when they are first wanted, and taken only by those who find them.
//!
//! In: where files make and take such locks. Out: findings of `lazy-init` for the making, and of `gil-as-lock` for what
//! runs without the lock until then, and beside who has it when it was made meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use super::{Site, report};
use crate::knowledge::Role;
use crate::model::Finding;
use crate::rules::RuleSet;
use crate::source::c::summary::{Bits, Place};
use crate::source::link::{Id, Project};

pub(super) fn run(project: &Project<'_>, rules: &RuleSet, out: &mut Vec<Finding>) {
    let mut macros: BTreeMap<&str, &str> = BTreeMap::new();
    for (_, seen) in &project.files {
        macros.extend(seen.late_macros.iter().map(|(name, field)| (seen.text(*name), seen.text(*field))));
    }
    for (at, (_, seen)) in project.files.iter().enumerate() {
        let open = |function: u32, bits: Bits| {
            let id = project.id(at, function);
            let role = project.function(id).and_then(|function| function.role);
            let building = matches!(role, Some(Role::New | Role::Init | Role::Dealloc | Role::Exec));
            (!building && !project.covered(id, bits, Bits::SAFE)).then_some(id)
        };
        let bare = |bits: Bits| bits.without(Bits::LOCK.with(Bits::SECTION));
        let made = seen.late.iter().filter(|one| one.makes);
        let late: BTreeSet<&str> = made
            .filter(|one| open(one.function, one.bits).is_some())
            .map(|one| seen.text(one.field))
            .collect();
        if late.is_empty() {
            continue;
        }
        let mut tell = |id: Id, place: Place, variable: &str, makes: bool| {
            let kind = if makes { ("lazy-init", "field") } else { ("gil-as-lock", "late") };
            let text = format!("{variable} {}", kind.1);
            let site = Site { file: at, function: Some(id), place, text };
            report(project, rules, kind, &site, &[("variable", variable)], out);
        };
        for one in seen.late.iter().filter(|one| late.contains(seen.text(one.field))) {
            // The lock that is asked for says nothing of whether it is there.
            let bits = if one.makes { one.bits } else { bare(one.bits) };
            if let Some(id) = open(one.function, bits) {
                tell(id, one.place, seen.text(one.variable), one.makes);
            }
        }
        for call in &seen.calls {
            let Some(field) = macros.get(seen.text(call.callee)).filter(|field| late.contains(*field)) else {
                continue;
            };
            let Some(id) = open(call.caller, bare(call.bits)) else { continue };
            let object = call.objects.first().map_or("", |object| seen.text(*object));
            tell(id, call.place, &format!("{object}->{field}"), false);
        }
    }
}
