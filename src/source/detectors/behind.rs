//! Structs that statics point to, changed by functions that are handed the pointer: free lists, pools, tables.
//!
//! In: uses of static pointers, and accesses to fields of what functions are handed. Out: findings of `static-state` where
//! such a function changes a field without a lock. The pointer itself is only read there.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt as _, HashSet};

use super::statics::Use;
use super::{Site, report};
use crate::rules::RuleSet;
use crate::source::c::origin::Origin;
use crate::source::c::summary::{Act, Bits, FieldSeen};
use crate::source::link::{Id, Project, Word};

/// `handed` are uses of static pointers by functions that run for Python, while others may; `careful` are structs that have
/// a lock, or fields that are atomic.
pub(super) fn run<'p: 'u, 'u>(
    project: &Project<'p>,
    rules: &RuleSet,
    handed: impl Iterator<Item = &'u Use<'p>>,
    careful: &HashSet<Word>,
    out: &mut Vec<crate::model::Finding>,
) {
    let mut given: HashMap<Id, Origin> = HashMap::new();
    for one in handed.filter(|one| one.seen.act == Act::Pass && !one.seen.deep && one.seen.member == 0) {
        // Of several functions by one name only one is meant.
        if let [id] = project.resolve(one.file, project.word(one.file, one.seen.callee)).as_slice() {
            let known = given.entry(*id).or_default();
            *known = known.or(Origin::param(u32::from(one.seen.argument)));
        }
    }
    if given.is_empty() {
        return;
    }
    let alone = Bits::LOCK.with(Bits::INIT);
    let mut told: BTreeSet<(Id, Word)> = BTreeSet::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for row in seen.fields.iter().filter(|row| row.act.changes() && !row.by_call && row.field != 0) {
            let id = project.id(at, row.function);
            let Some(params) = given.get(&id) else { continue };
            let kind = project.kind(project.word(at, row.kind));
            let shared = judged_elsewhere(project, kind) || careful.contains(&kind);
            if !is_one_of(row, *params) || shared || project.covered(id, row.bits, alone) {
                continue;
            }
            let field = project.word(at, row.field);
            if project.shape(kind, field).is_some() && told.insert((id, field)) {
                let name = format!("{}->{}", project.text(project.word(at, row.object)), project.text(field));
                let text = format!("{name} behind");
                let site = Site { file: at, function: Some(id), place: row.place, text };
                report(project, rules, ("static-state", "write"), &site, &[("variable", &name)], out);
            }
        }
    }
}

/// Whether what is accessed is one of the parameters, and nothing else.
fn is_one_of(row: &FieldSeen, params: Origin) -> bool {
    !row.origin.is_own() && !row.origin.plain().is_shared() && row.origin.plain().0 & !params.0 == 0
}

/// Whether a type's fields are judged as those of objects, of what hangs on them or of what functions give.
fn judged_elsewhere(project: &Project<'_>, kind: Word) -> bool {
    project.is_instance(kind)
        || project.is_hung(kind)
        || project.is_part(kind)
        || project.is_kept(kind)
        || !project.is_struct(kind)
}
