//! What a module keeps in its state: there is one for all threads of an interpreter, so it is a static by another name.
//!
//! In: accesses to fields of structs that some file gets as a module's state. Out: variables for [`super::statics`],
//! which judges them as it judges statics.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::statics::{Use, Variable};
use crate::knowledge::Knowledge;
use crate::source::c::scan::is_number;
use crate::source::link::{Project, Word};

/// The fields of all states, with their uses.
pub(super) fn variables<'p>(project: &Project<'p>) -> Vec<(Variable, Vec<Use<'p>>)> {
    let mut states: BTreeSet<Word> = BTreeSet::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        states.extend(seen.states.iter().map(|name| project.kind(project.word(at, *name))));
    }
    states.retain(|kind| !project.is_instance(*kind) && !project.is_part(*kind));
    let mut fields: BTreeMap<(Word, Word), (Variable, Vec<Use<'p>>)> = BTreeMap::new();
    if states.is_empty() {
        return Vec::new();
    }
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in &seen.fields {
            let named = || project.kind(project.word(at, one.kind));
            let returned = || project.returned(at, one.kind);
            let Some(kind) = (if one.by_call { returned() } else { Some(named()) }) else { continue };
            let field = project.word(at, one.field);
            let shape = project.shape(kind, field);
            let container = shape.is_some_and(|shape| {
                shape.pointers == 0 && Knowledge::builtin().tables().is_container(project.text(shape.base))
            });
            // What hangs on a field may be an object with a lock of its own; of a struct that nothing here declares, it
            // may be a container as well.
            if !states.contains(&kind) || one.deep && !container && shape.is_some() {
                continue;
            }
            let asked =
                shape.is_none() && one.deep && is_of_containers(project.text(project.word(at, one.callee)));
            let (variable, uses) = fields.entry((kind, field)).or_insert_with(|| {
                let pointer = shape.is_some_and(|shape| shape.pointers & 0x7f > 0);
                let base = shape.map_or("", |shape| project.text(shape.base));
                let object = project.text(project.word(at, one.object));
                let variable = Variable {
                    name: format!("{object}->{}", project.text(field)),
                    here: None,
                    within: None,
                    object: pointer && (base.starts_with("Py") || base.ends_with("Object")),
                    array: false,
                    blank: false,
                    scalar: !pointer && is_number(base),
                    container: false,
                    engine: false,
                    lock: false,
                };
                (variable, Vec::new())
            });
            variable.container |= container || asked;
            uses.push(Use {
                file: at,
                function: project.id(at, one.function),
                seen: Cow::Owned(one.as_variable()),
            });
        }
    }
    for (variable, uses) in fields.values_mut() {
        uses.retain(|one| variable.container || !one.seen.deep);
        uses.iter_mut().for_each(|one| one.seen.to_mut().deep = false);
    }
    fields.into_values().filter(|(_, uses)| !uses.is_empty()).collect()
}

/// Whether a member function is one of containers alone, by its name.
fn is_of_containers(name: &str) -> bool {
    matches!(
        name,
        "find" | "emplace" | "try_emplace" | "insert_or_assign" | "push_back" | "emplace_back" | "pop_back"
    )
}
