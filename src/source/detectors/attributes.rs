//! Attributes that binding generators make of members: Python code assigns and reads them on any thread, and nothing locks.
//!
//! In: what files bind, and the classes of the project. Out: findings of `instance-field` where the member owns memory or a
//! reference, which assigning it gives back while another thread copies or assigns it. What a type's name does not tell is
//! left alone, and so are numbers.

use std::collections::{BTreeMap, HashMap};

use super::{Site, report_with};
use crate::knowledge::Tables;
use crate::model::{Finding, Related};
use crate::rules::RuleSet;
use crate::source::c::summary::AttributeSeen;
use crate::source::link::{Project, Shape, Word};

/// How many other attributes of a class a finding lists.
const LISTED: usize = 12;

/// How many structs within structs are looked into.
const DEPTH: u8 = 4;

pub(super) fn run(project: &Project<'_>, rules: &RuleSet, out: &mut Vec<Finding>) {
    if project.files.iter().all(|(_, seen)| seen.attributes.is_empty()) {
        return;
    }
    let mut values = Values::of(project);
    for (at, (path, seen)) in project.files.iter().enumerate() {
        // One lock in the class mends all of its attributes.
        let mut classes: BTreeMap<(u32, Word), Vec<&AttributeSeen>> = BTreeMap::new();
        for one in &seen.attributes {
            let class = project.kind(project.word(at, one.class));
            if values.are_owners(class, project.word(at, one.field)) {
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

/// What the values of types are made of.
struct Values<'p> {
    project: &'p Project<'p>,
    /// The fields of each type.
    fields: HashMap<Word, Vec<Shape>>,
    /// Whether a value of a struct owns something, as far as it was asked with as many structs within structs still to go.
    asked: HashMap<(Word, u8), bool>,
}

impl<'p> Values<'p> {
    fn of(project: &'p Project<'p>) -> Self {
        let mut fields: HashMap<Word, Vec<Shape>> = HashMap::new();
        for (owner, field) in project.fields() {
            fields.entry(owner).or_default().extend(project.shape(owner, field));
        }
        Self { project, fields, asked: HashMap::new() }
    }

    /// Whether a member of a class, or of one it derives from, is a value that owns something.
    fn are_owners(&mut self, class: Word, field: Word) -> bool {
        let all = self.project.with_bases(class);
        let shape = all.iter().find_map(|class| self.project.shape(*class, field));
        shape.is_some_and(|shape| shape.pointers == 0 && self.own(shape.base, DEPTH))
    }

    /// Whether a value of a type owns something, itself or in a field.
    fn own(&mut self, base: Word, depth: u8) -> bool {
        let kind = self.project.kind(base);
        if !self.project.is_struct(kind) {
            return Tables::builtin().owns(self.project.text(kind));
        }
        if depth == 0 {
            return false;
        }
        if let Some(known) = self.asked.get(&(kind, depth)) {
            return *known;
        }
        let fields = self.fields.get(&kind).cloned().unwrap_or_default();
        // A struct with a lock takes it where it is assigned, or else says so by its lock.
        let lock = fields.iter().any(|shape| self.project.text(shape.base) == "PyMutex");
        let mut within =
            |shape: &Shape| shape.pointers == 0 && shape.base != kind && self.own(shape.base, depth - 1);
        let owns = !lock && fields.iter().any(&mut within);
        self.asked.insert((kind, depth), owns);
        owns
    }
}
