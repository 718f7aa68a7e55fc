//! What calls hand over to functions that use its fields without a lock.
//!
//! In: which parameters' objects functions touch by themselves. Out: which they touch by what they call, and spots of
//! `instance-call` and `foreign-handle` where a shared object is handed to one.

use std::collections::BTreeMap;

use super::hung::Hung;
use super::method::Spot;
use crate::source::c::origin::Origin;
use crate::source::c::summary::Bits;
use crate::source::link::{Id, Link, Linked, Project, Word};

/// Which parameters' objects functions use without a lock, themselves or by what they call.
pub(super) struct Touched {
    /// Their fields.
    pub fields: Vec<Origin>,
    /// What a handle of theirs points to, which is its library's: the fields themselves stay as they are.
    pub handles: Vec<Origin>,
}

impl Touched {
    pub fn none(functions: usize) -> Self {
        Self { fields: vec![Origin::OWN; functions], handles: vec![Origin::OWN; functions] }
    }
}

/// Hands "touches what it is given" on to callers that pass their own parameters.
pub(super) fn spread(project: &Project<'_>, touched: &mut [Origin]) {
    for _ in 0..8 {
        let mut changed = false;
        for link in &project.links {
            if link.call.bits.any(Bits::SAFE) {
                continue;
            }
            let gained =
                handed(
                    link,
                    touched,
                    |n, origin| {
                        if hangs(project, link, n, origin) { Origin::OWN } else { origin }
                    },
                );
            let gained = Origin(gained.0 & !Origin::SHARED.0);
            if let Some(old) = touched.get_mut(link.caller.0 as usize)
                && old.or(gained) != *old
            {
                *old = old.or(gained);
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Whether what a call hands on is a Python object of its own that hangs on a parameter, as in `f(self->other)`: its
/// fields are its own, and so is the lock that they need.
fn hangs(project: &Project<'_>, link: &Link<'_>, n: usize, origin: Origin) -> bool {
    let Some(function) = project.function(link.caller) else { return false };
    let Some(object) = link.call.objects.get(n) else { return false };
    let Some((_, field)) = project.text(project.word(function.file, *object)).split_once("->") else {
        return false;
    };
    let owner = parameter_kind(project, function, origin);
    let shape = owner.zip(project.find_word(field)).and_then(|(owner, field)| project.shape(owner, field));
    shape.is_some_and(|shape| shape.pointers > 0 && project.is_instance(project.kind(shape.base)))
}

/// Origins of what a call hands to parameters that its target touches.
fn handed(link: &Link<'_>, touched: &[Origin], mut keep: impl FnMut(usize, Origin) -> Origin) -> Origin {
    let of = |target: &Id| touched.get(target.0 as usize).copied().unwrap_or_default();
    let mut out = Origin::OWN;
    // Of overloads only one is called: what not all of them do may be done by another.
    let common = link.targets.iter().map(of).reduce(|a, b| Origin(a.0 & b.0)).filter(|_| link.one_of);
    for target in &link.targets {
        let touches = common.unwrap_or_else(|| of(target));
        for (n, origin) in link.call.arguments.iter().enumerate() {
            if touches.0 & Origin::param(n as u32).0 != 0 {
                out = out.or(keep(n, origin.plain()));
            }
        }
        if let (Some(receiver), true) = (link.call.receiver, touches.0 & Origin::THIS.0 != 0) {
            out = out.or(keep(link.call.arguments.len(), receiver));
        }
    }
    out
}

/// The type of the parameter that something comes from, if it comes from one alone.
fn parameter_kind(project: &Project<'_>, function: &Linked<'_>, origin: Origin) -> Option<Word> {
    let mut params = function.seen.params.iter().enumerate();
    let (_, (kind, _)) = params.find(|(n, _)| origin == Origin::param(*n as u32))?;
    Some(project.kind(project.word(function.file, *kind)))
}

/// Whether what comes from there is a parameter that is a part of an object: whoever has the object may lock it.
fn is_part(project: &Project<'_>, function: &Linked<'_>, origin: Origin) -> bool {
    parameter_kind(project, function, origin)
        .is_some_and(|kind| (project.is_part(kind) || project.is_hung(kind)) && !project.is_instance(kind))
}

/// Whether what comes from there is an object of a class whose objects are no Python objects.
fn is_plain(project: &Project<'_>, function: &Linked<'_>, origin: Origin) -> bool {
    let class = function.seen.class.filter(|_| origin == Origin::THIS);
    let class = class.map(|class| project.kind(project.word(function.file, class)));
    let kind = class.or_else(|| parameter_kind(project, function, origin));
    kind.is_some_and(|kind| {
        project.is_held(kind) && !project.is_instance(kind) && !project.text(kind).starts_with("Py")
    })
}

/// Whether what is called takes what a capsule holds there.
fn takes_boxed(project: &Project<'_>, link: &Link<'_>, n: usize) -> bool {
    link.targets.iter().filter_map(|id| project.function(*id)).any(|target| {
        let taken = target.seen.params.get(n).map(|(kind, _)| project.kind(project.word(target.file, *kind)));
        taken.is_some_and(|kind| project.is_boxed(kind))
    })
}

/// Calls in an entry point that hand a shared object to code which uses its fields without a lock.
///
/// In a helper one such call only hands the question on; two with the same object are steps that others can come
/// between.
pub(super) fn calls(
    project: &Project<'_>,
    hung: &Hung,
    id: Id,
    touched: &Touched,
    entry: bool,
    spots: &mut BTreeMap<Id, Vec<Spot>>,
) {
    let mut found: BTreeMap<Word, Vec<Spot>> = BTreeMap::new();
    let Some(function) = project.function(id) else { return };
    for link in project.outgoing(id) {
        let of = |touched: &[Origin]| {
            let mut objects: Vec<Word> = Vec::new();
            let mut plain = false;
            let origin = handed(link, touched, |n, origin| {
                if project.exposed(id, link.call.bits, origin, Bits::SAFE, false)
                    && !is_part(project, function, origin)
                    && !hung.is_lonely(project, id, &link.targets, link.call, n)
                    && let Some(object) = link.call.objects.get(n)
                    && !objects.contains(object)
                {
                    plain |= is_plain(project, function, origin) || takes_boxed(project, link, n);
                    objects.push(*object);
                }
                origin
            });
            let first = *objects.first().filter(|_| !origin.is_own())?;
            Some((first, objects.get(1).copied(), plain))
        };
        // What mends a handle is not what mends a field.
        let (found_here, detector, case) = match (of(&touched.fields), of(&touched.handles)) {
            (Some(fields), _) => (fields, "instance-call", "call"),
            (None, Some(handles)) => (handles, "foreign-handle", "helper"),
            (None, None) => continue,
        };
        let (word, second, plain) = found_here;
        let text = |word: Word| project.text(project.word(function.file, word)).to_owned();
        let object = text(word);
        let locked = match second {
            _ if plain => String::new(),
            Some(second) => format!("{object}\n{}", text(second)),
            None => object.clone(),
        };
        found.entry(word).or_default().push(Spot {
            rank: 1,
            detector,
            case,
            place: link.call.place,
            field: object.clone(),
            object,
            locked,
            callee: project.text(project.word(function.file, link.call.callee)).to_owned(),
            key: None,
            plain: false,
            also: Vec::new(),
        });
    }
    for mut list in found.into_values() {
        let steps = spots.entry(id).or_default();
        // A handle that is handed on is told by its own name, whatever else is known of what it points to.
        let told = |one: &Spot| {
            steps.iter().any(|spot| spot.detector == "foreign-handle" && spot.place.line == one.place.line)
        };
        list.retain(|one| !told(one));
        // One call is a step of its own where the function looks into the object besides.
        let besides = |one: &Spot| steps.iter().any(|spot| spot.object == one.object);
        if entry || list.len() > 1 || list.iter().any(besides) {
            steps.extend(list);
        }
    }
    if spots.get(&id).is_some_and(Vec::is_empty) {
        spots.remove(&id);
    }
}
