//! Whether a lock is on the object that is used while it is held.
//!
//! A lock of one object may guard others by agreement, so it counts for whatever is done under it, but for two cases in
//! which there can be no agreement: of two parameters of one type one is locked and the other changed, and a container that
//! Python handed over is nobody's part. Who else has that container changes it without asking for any lock of the extension.

use super::super::body::{Body, Call, Value};
use super::super::origin::Origin;
use super::super::regions::{Hold, Stretch};
use super::{Read, Scan};
use crate::knowledge::{Role, Trait};

/// How many assignments from local to local are followed.
const ALIASES: usize = 4;

/// How many values of what was taken out of arguments are looked at.
const VALUES: usize = 8;

/// How many tokens of what takes a lock are looked at for the container.
const LOCKING: usize = 64;

impl Scan<'_> {
    /// Whether all locks held at a token are sections on other parameters of the type that `object` has.
    pub(super) fn locks_its_like(&self, read: &Read<'_>, token: usize, object: &str) -> bool {
        let body = &read.body;
        let Some(nth) = param(body, object) else { return false };
        let Some(kind) = body.locals.get(object).map(|local| local.declared.base.as_str()) else {
            return false;
        };
        kind != "PyObject"
            && others(read, token, |name| {
                let like = body.locals.get(name).is_some_and(|local| local.declared.base == kind);
                like && param(body, name).is_some_and(|other| other != nth)
            })
    }

    /// Whether, in a function that Python calls, the first argument of the call at a token is a container that was handed
    /// over, and all locks held are on something else.
    pub(super) fn locks_another(&self, read: &Read<'_>, token: usize) -> bool {
        let first = read.body.source.arguments(token + 1).first().copied();
        first.is_some_and(|(from, to)| self.is_foreign(read, token, from, to))
    }

    /// The arguments of a call that Python handed to the function around it, and that none of the locks held there is on.
    pub(super) fn foreign(&self, read: &Read<'_>, call: &Call) -> Origin {
        let list = read.body.source.arguments(call.open).into_iter().take(Origin::PARAMS as usize);
        let list = list.enumerate().filter(|(_, (from, to))| self.is_foreign(read, call.name, *from, *to));
        list.fold(Origin::OWN, |all, (n, _)| all.or(Origin::param(n as u32)))
    }

    /// Whether tokens `from..to` are what Python handed to a function that it calls, and no lock held at `token` is on it.
    fn is_foreign(&self, read: &Read<'_>, token: usize, from: usize, to: usize) -> bool {
        let body = &read.body;
        let role = self.roles.named.get(body.function.name.as_str());
        let Some(role) = role.filter(|role| **role != Role::None) else { return false };
        let Some(name) = body.only_name(from, to) else { return false };
        let Some(handed) = handed(body, name) else { return false };
        // The dict of keywords is made for the call.
        let keywords = matches!(role, Role::Keywords | Role::Init | Role::New);
        if keywords && matches!(handed, Handed::Param(2)) {
            return false;
        }
        let another = |other: &str| match handed {
            Handed::Param(nth) => param(body, other).is_some_and(|other| other != nth),
            Handed::Parsed => param(body, other).is_some(),
        };
        elsewhere(read, token, |one| match one.hold {
            Hold::Section => {
                !one.objects.is_empty() && one.objects.iter().all(|other| another(other.as_str()))
            }
            // Whoever changes the container from Python does not know of the extension's own locks.
            _ => {
                let after = body.source.after_group(one.from + 1).max(one.from);
                (one.from..after.min(one.from + LOCKING)).all(|t| body.source.word(t) != name)
            }
        })
    }
}

/// Whether locks are held at a token, and all are critical sections on objects of which `other` is true.
fn others(read: &Read<'_>, token: usize, other: impl Fn(&str) -> bool) -> bool {
    elsewhere(read, token, |one| {
        one.hold == Hold::Section
            && !one.objects.is_empty()
            && one.objects.iter().all(|name| other(name.as_str()))
    })
}

/// Whether locks are held at a token, and all are such.
fn elsewhere(read: &Read<'_>, token: usize, such: impl Fn(&Stretch) -> bool) -> bool {
    let mut any = false;
    for one in read.stretches.around(token).filter(|one| matches!(one.hold, Hold::Section | Hold::Lock)) {
        if !such(one) {
            return false;
        }
        any = true;
    }
    any
}

/// How a function that Python calls got an object.
#[derive(Clone, Copy)]
enum Handed {
    /// As this parameter, which is not the object whose method it is.
    Param(u32),
    /// Taken out of its arguments.
    Parsed,
}

/// How Python handed an object over, if it did.
fn handed(body: &Body<'_>, name: &str) -> Option<Handed> {
    let local = body.locals.get(name)?;
    if local.declared.pointers != 1 || local.declared.base != "PyObject" {
        return None;
    }
    if let Some(nth) = param(body, name) {
        return (nth > 0).then_some(Handed::Param(nth));
    }
    let parsed = |open: usize| {
        let name = open.checked_sub(1);
        name.is_some_and(|name| body.names.at(name).traits.has(Trait::ParsesArguments))
    };
    let mut any = false;
    for (at, value) in local.values.iter().take(VALUES + 1) {
        match value {
            Value::Out if parsed(*at) => any = true,
            Value::Expression(from, to)
                if from + 1 == *to && matches!(body.source.word(*from), "NULL" | "nullptr") => {}
            _ => return None,
        }
    }
    (any && local.param.is_none() && local.values.len() <= VALUES).then_some(Handed::Parsed)
}

/// The parameter that a name stands for: itself, or a local that was given nothing else.
fn param(body: &Body<'_>, name: &str) -> Option<u32> {
    let mut name = name;
    for _ in 0..ALIASES {
        let local = body.locals.get(name)?;
        match (local.param, local.values.as_slice()) {
            (Some(nth), []) => return Some(nth),
            (None, [(_, Value::Expression(from, to))]) => name = body.only_name(*from, *to)?,
            _ => return None,
        }
    }
    None
}
