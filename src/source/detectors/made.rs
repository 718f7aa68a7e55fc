//! Objects whose constructors and destructors need a thread state, made and ended while the thread is detached.
//!
//! In: objects that functions make, what constructors and destructors call, and calls made while detached. Out: findings of
//! `detached-exit`. A function runs detached as well if one that does calls it and attaches nowhere before.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use super::{Site, report};
use crate::model::Finding;
use crate::rules::RuleSet;
use crate::source::c::origin::Origin;
use crate::source::c::summary::Bits;
use crate::source::link::{Id, Link, Project, Word};

/// How many classes in a row get their constructor or destructor from the next.
const CHAIN: usize = 6;

/// What a class's own functions need.
#[derive(Debug, Default)]
struct Class {
    /// Its constructors.
    makers: Vec<Id>,
    /// How many of them need a thread state.
    need: usize,
    /// Its destructor.
    end: Option<Id>,
    /// That needs one.
    ends: bool,
}

/// Adds what is found to `out`.
pub(super) fn run(project: &Project<'_>, rules: &RuleSet, out: &mut Vec<Finding>) {
    let classes = classes(project);
    let needy = needy(project, &classes);
    if needy.is_empty() {
        return;
    }
    let detached = detached(project, &classes);
    let mut told: BTreeSet<(Id, Word)> = BTreeSet::new();
    let runs = |id: Id, bits: Bits| {
        bits.any(Bits::DETACHED) || detached.contains(&id) && !bits.any(Bits::ATTACHED.with(Bits::ENSURED))
    };
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in &seen.made {
            let (id, kind) = (project.id(at, one.function), project.kind(project.word(at, one.class)));
            if needy.contains(&kind) && runs(id, one.bits) && told.insert((id, kind)) {
                let name = project.text(kind);
                let site =
                    Site { file: at, function: Some(id), place: one.place, text: format!("{name} made") };
                report(project, rules, ("detached-exit", "object"), &site, &[("callee", name)], out);
            }
        }
    }
    for link in &project.links {
        let (Some(target), Some(caller)) = (meant(project, link), project.function(link.caller)) else {
            continue;
        };
        if !runs(link.caller, link.call.bits) {
            continue;
        }
        let name = project.text(target.1.name);
        // `T(x)` makes an object that ends with the statement.
        let class = target.1.seen.class.map(|class| project.word(target.1.file, class));
        let kind = if class == Some(target.1.name) {
            Some(project.kind(target.1.name))
        } else {
            let params = target.1.seen.params.iter().enumerate();
            let by_value = |n: usize| target.1.seen.values.0 & Origin::param(n as u32).0 != 0;
            let kinds = params.filter(|(n, _)| by_value(*n));
            kinds
                .map(|(_, (kind, _))| project.kind(project.word(target.1.file, *kind)))
                .find(|one| needy.contains(one))
        };
        let Some(kind) = kind.filter(|kind| needy.contains(kind)) else { continue };
        if told.insert((link.caller, kind)) {
            let (place, text) = (link.call.place, format!("{name} made"));
            let site = Site { file: caller.file, function: Some(link.caller), place, text };
            report(
                project,
                rules,
                ("detached-exit", "object"),
                &site,
                &[("callee", project.text(kind))],
                out,
            );
        }
    }
}

/// The one function that a call means, if that is certain.
fn meant<'a, 'p>(
    project: &'a Project<'p>,
    link: &Link<'p>,
) -> Option<(Id, &'a crate::source::link::Linked<'p>)> {
    let [only] = link.targets.as_slice() else { return None };
    project.function(*only).filter(|_| !link.one_of).map(|function| (*only, function))
}

/// The constructors and destructors of the classes that only one file defines.
fn classes(project: &Project<'_>) -> HashMap<Word, Class> {
    let mut count: HashMap<Word, usize> = HashMap::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for kind in &seen.types {
            let names: BTreeSet<Word> =
                kind.names.iter().map(|name| project.kind(project.word(at, *name))).collect();
            for name in names {
                *count.entry(name).or_default() += 1;
            }
        }
    }
    let mut out: HashMap<Word, Class> =
        count.iter().filter(|(_, count)| **count == 1).map(|(kind, _)| (*kind, Class::default())).collect();
    for (at, function) in project.functions.iter().enumerate() {
        let class = function.seen.class.map(|class| project.word(function.file, class));
        if class != Some(function.name) {
            continue;
        }
        let Some(class) = out.get_mut(&project.kind(function.name)) else { continue };
        let id = Id(at as u32);
        if function.seen.ends {
            class.ends = function.seen.needs_state;
            class.end = Some(id);
        } else {
            class.makers.push(id);
            class.need += usize::from(function.seen.needs_state);
        }
    }
    out
}

/// The classes whose objects cannot be made or ended without a thread state, whichever constructor is meant; and those that
/// have such an object for a base or a member.
fn needy(project: &Project<'_>, classes: &HashMap<Word, Class>) -> HashSet<Word> {
    let own = |one: &Class| one.ends || one.need > 0 && one.need == one.makers.len();
    let mut out: HashSet<Word> = classes.iter().filter(|(_, one)| own(one)).map(|(kind, _)| *kind).collect();
    for _ in 0..if out.is_empty() { 0 } else { CHAIN } {
        let before = out.len();
        for (at, (_, seen)) in project.files.iter().enumerate() {
            for one in &seen.types {
                let bases = one.bases.iter().copied();
                let members = one.fields.iter().filter(|(_, _, stars)| *stars == 0).map(|(_, base, _)| *base);
                let has =
                    bases.chain(members).any(|name| out.contains(&project.kind(project.word(at, name))));
                let kinds = one.names.iter().map(|name| project.kind(project.word(at, *name)));
                let kinds: Vec<Word> = kinds.filter(|kind| has && classes.contains_key(kind)).collect();
                out.extend(kinds);
            }
        }
        if out.len() == before {
            break;
        }
    }
    out
}

/// Functions that some caller has run while the thread is detached.
fn detached(project: &Project<'_>, classes: &HashMap<Word, Class>) -> HashSet<Id> {
    let mut made: HashMap<Id, Vec<(Bits, Word)>> = HashMap::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in &seen.made {
            let kind = project.kind(project.word(at, one.class));
            if classes.contains_key(&kind) {
                made.entry(project.id(at, one.function)).or_default().push((one.bits, kind));
            }
        }
    }
    let mut out: HashSet<Id> = HashSet::new();
    let mut waiting: Vec<Id> = Vec::new();
    let step = |id: Id, counts: &dyn Fn(Bits) -> bool, waiting: &mut Vec<Id>| {
        let links = project.outgoing(id).iter().filter(|link| counts(link.call.bits));
        waiting.extend(links.filter_map(|link| meant(project, link)).map(|(id, _)| id));
        for (_, kind) in made.get(&id).into_iter().flatten().filter(|(bits, _)| counts(*bits)) {
            let Some(class) = classes.get(kind) else { continue };
            // Of several constructors it is not told which one is meant.
            if let [only] = class.makers.as_slice() {
                waiting.push(*only);
            }
            waiting.extend(class.end);
        }
    };
    for at in 0..project.functions.len() as u32 {
        step(Id(at), &|bits| bits.any(Bits::DETACHED), &mut waiting);
    }
    let within = |bits: Bits| !bits.any(Bits::ATTACHED.with(Bits::ENSURED));
    while let Some(id) = waiting.pop() {
        if out.insert(id) {
            step(id, &within, &mut waiting);
        }
    }
    out
}
