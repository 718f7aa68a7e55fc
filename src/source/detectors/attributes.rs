//! Attributes that binding generators make of members: Python code assigns and reads them on any thread, and nothing locks.
//!
//! In: what files bind, and the classes of the project. Out: findings of `instance-field` where the member owns memory or a
//! reference, which assigning it gives back while another thread copies or assigns it. What a type's name does not tell is
//! left alone, and so are numbers.

use std::collections::BTreeMap;

use super::{Site, report_with};
use crate::knowledge::Tables;
use crate::model::{Finding, Related};
use crate::rules::RuleSet;
use crate::source::c::summary::AttributeSeen;
use crate::source::link::{Project, Word};

/// How many other attributes of a class a finding lists.
const LISTED: usize = 12;

/// How many structs within structs are looked into.
const DEPTH: u8 = 4;

pub(super) fn run(project: &Project<'_>, rules: &RuleSet, out: &mut Vec<Finding>) {
    for (at, (path, seen)) in project.files.iter().enumerate() {
        // One lock in the class mends all of its attributes.
        let mut classes: BTreeMap<(u32, Word), Vec<&AttributeSeen>> = BTreeMap::new();
        for one in &seen.attributes {
            let class = project.kind(project.word(at, one.class));
            if owns(project, class, project.word(at, one.field)) {
                classes.entry((one.function, class)).or_default().push(one);
            }
        }
        for ((function, _), list) in classes {
            let Some((first, rest)) = list.split_first() else { continue };
            let name = |one: &AttributeSeen| format!("{}::{}", seen.text(one.class), seen.text(one.field));
            let related = rest.iter().take(LISTED).map(|one| Related {
                location: one.place.location(path),
                message: format!("so can `{}`", name(one)),
            });
            let related: Vec<Related> = related.collect();
            let id = project.id(at, function);
            let field = name(first);
            let site =
                Site { file: at, function: Some(id), place: first.place, text: format!("{field} attribute") };
            let fill = [("field", field.as_str()), ("object", seen.text(first.class)), ("locked", "")];
            report_with(project, rules, ("instance-field", "attribute"), &site, &fill, &related, out);
        }
    }
}

/// Whether a member of a class, or of one it derives from, is a value that owns something.
fn owns(project: &Project<'_>, class: Word, field: Word) -> bool {
    let all = project.with_bases(class);
    let shape = all.iter().find_map(|class| project.shape(*class, field));
    shape.is_some_and(|shape| shape.pointers == 0 && value_owns(project, shape.base, DEPTH))
}

/// Whether a value of a type owns something, itself or in a field.
fn value_owns(project: &Project<'_>, base: Word, depth: u8) -> bool {
    let kind = project.kind(base);
    if !project.is_struct(kind) {
        return Tables::builtin().owns(project.text(kind));
    }
    let fields = project.fields_of(kind);
    let lock = fields.iter().any(|shape| project.text(shape.base) == "PyMutex");
    let within = |base: Word| base != kind && value_owns(project, base, depth - 1);
    // A struct with a lock takes it where it is assigned, or else says so by its lock.
    depth > 0 && !lock && fields.iter().any(|shape| shape.pointers == 0 && within(shape.base))
}
