//! Structs that pointers in Python objects lead to: trees and lists which several objects point into.
//!
//! In: accesses to fields, and calls. Out: by which types of objects the struct of an access, or what a call hands on,
//! can be reached. A struct has no owner of its own, and C programs are full of them: a use of one counts only where a
//! chain of pointers is seen from an object to it, and only against changes that come from an object of the same type.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};

use super::fields::Row;
use crate::source::c::origin::Origin;
use crate::source::c::summary::{Bits, CallSeen};
use crate::source::link::{Id, Project, Word};

/// How many types of objects lead to one parameter at most: more than that say no more.
const OWNERS: usize = 8;

/// The types of objects that lead somewhere.
pub(super) type Owners = BTreeSet<Word>;

/// Which objects lead to which structs, on ways that pass through none of some regions.
pub(super) struct Hung {
    unless: Bits,
    /// Types of the objects that a function itself has, by the bit of their origin.
    own: HashMap<(Id, u32), Owners>,
    /// Types of objects that what callers hand to a parameter hangs on.
    given: HashMap<(Id, u32), Owners>,
}

impl Hung {
    /// Follows what hangs on objects through the calls of the project.
    pub(super) fn new(project: &Project<'_>, rows: &[Row<'_>], unless: Bits) -> Self {
        let mut made = Self { unless, own: HashMap::default(), given: HashMap::default() };
        if !rows.iter().any(|row| row.hung) {
            return made;
        }
        let asked = asked(project, rows);
        let mut waiting: Vec<Id> = Vec::new();
        for row in rows.iter().filter(|row| row.python && asked.contains(&row.id)) {
            for bit in bits(row.origin) {
                made.own.entry((row.id, bit)).or_default().insert(row.kind);
            }
        }
        for id in asked {
            let Some(function) = project.function(id) else { continue };
            for (n, (kind, _)) in (0..Origin::PARAMS).zip(&function.seen.params) {
                let kind = project.kind(project.word(function.file, *kind));
                if project.is_instance(kind) {
                    made.own.entry((id, n)).or_default().insert(kind);
                }
            }
        }
        waiting.extend(made.own.keys().map(|(id, _)| *id).collect::<BTreeSet<Id>>());
        let mut queued: HashSet<Id> = waiting.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            queued.remove(&id);
            for (target, n, owners) in made.handed_on(project, id) {
                let known = made.given.entry((target, n)).or_default();
                let before = known.len();
                known.extend(owners.into_iter().take(OWNERS.saturating_sub(before)));
                if known.len() > before && queued.insert(target) {
                    waiting.push(target);
                }
            }
        }
        made
    }

    /// What a function hands to parameters that are pointers to such structs.
    fn handed_on(&self, project: &Project<'_>, id: Id) -> Vec<(Id, u32, Owners)> {
        let mut out: Vec<(Id, u32, Owners)> = Vec::new();
        for link in project.outgoing(id).iter().filter(|link| !link.targets.is_empty()) {
            for (n, origin) in (0..Origin::PARAMS).zip(link.call.arguments.iter()) {
                let takes = |target: &&Id| is_hung(project, **target, n);
                let mut targets = link.targets.iter().filter(takes).peekable();
                if targets.peek().is_none() {
                    continue;
                }
                let owners = self.owners(project, id, *origin, link.call.bits);
                if !owners.is_empty() {
                    out.extend(targets.map(|target| (*target, n, owners.clone())));
                }
            }
        }
        out
    }

    /// The types of objects by which a function has what comes from there, at a place with these bits.
    pub(super) fn owners(&self, project: &Project<'_>, id: Id, origin: Origin, at: Bits) -> Owners {
        let mut out = Owners::new();
        if project.covered(id, at, self.unless) {
            return out;
        }
        for bit in bits(origin.found_by().unwrap_or(origin.plain())) {
            if let Some(own) = self.own.get(&(id, bit))
                && project.exposed(id, at, Origin(1 << bit), self.unless, false)
            {
                out.extend(own);
            }
            out.extend(self.given.get(&(id, bit)).into_iter().flatten());
        }
        out
    }

    /// Whether the function itself has an object that what comes from there hangs on: it can lock that.
    pub(super) fn has_object(&self, id: Id, origin: Origin) -> bool {
        bits(origin.found_by().unwrap_or(origin.plain())).any(|bit| self.own.contains_key(&(id, bit)))
    }

    /// Whether an argument of a call is a pointer to such a struct, and no object that others reach is seen to lead to
    /// it. What a function returned may be new, and is then handed on to whom it will belong.
    pub(super) fn is_lonely(
        &self,
        project: &Project<'_>,
        id: Id,
        targets: &[Id],
        call: &CallSeen,
        n: usize,
    ) -> bool {
        let hung = |target: &Id| is_hung(project, *target, n as u32);
        !targets.is_empty()
            && targets.iter().all(hung)
            && call.arguments.get(n).is_some_and(|origin| {
                let path = || {
                    let text = call.objects.get(n).zip(project.function(id));
                    text.is_some_and(|(text, caller)| {
                        project.text(project.word(caller.file, *text)).contains("->")
                    })
                };
                origin.found_by().is_some()
                    || origin.plain().is_shared() && !path()
                    || self.owners(project, id, *origin, call.bits).is_empty()
            })
    }
}

/// The functions whose objects are asked for: those that use such a struct or hand one on. They are few among all.
fn asked(project: &Project<'_>, rows: &[Row<'_>]) -> HashSet<Id> {
    let takes: Vec<bool> = (0..project.functions.len() as u32)
        .map(|id| (0..Origin::PARAMS).any(|n| is_hung(project, Id(id), n)))
        .collect();
    let mut asked: HashSet<Id> = rows.iter().filter(|row| row.hung).map(|row| row.id).collect();
    for link in &project.links {
        if link.targets.iter().any(|target| takes.get(target.0 as usize) == Some(&true)) {
            asked.insert(link.caller);
        }
    }
    asked
}

/// Whether a function takes a pointer to such a struct there.
fn is_hung(project: &Project<'_>, id: Id, n: u32) -> bool {
    let Some(function) = project.function(id) else { return false };
    let Some((kind, _)) = function.seen.params.get(n as usize) else { return false };
    project.is_hung(project.kind(project.word(function.file, *kind)))
}

/// The places of the bits of an origin: its parameters, and that of what all share.
fn bits(origin: Origin) -> impl Iterator<Item = u32> {
    (0..32).filter(move |bit| origin.0 & (1 << bit) != 0)
}

/// What is known of such a struct's fields, for each type of object that leads to it.
pub(super) type Fates<F> = HashMap<(Word, Word), BTreeMap<Word, F>>;
