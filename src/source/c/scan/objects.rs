//! Whether a critical section is on the object that is used in it.
//!
//! A lock of one object may guard others by agreement, so a section counts for whatever is done in it, but for two cases
//! in which there can be no agreement: of two parameters of one type one is locked and the other changed, and a container
//! that Python handed over beside the locked object is nobody's part.

use super::super::body::{Body, Value};
use super::super::regions::Hold;
use super::{Read, Scan};
use crate::knowledge::Role;

/// How many assignments from local to local are followed.
const ALIASES: usize = 4;

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
    /// over, and all locks held are sections on other parameters.
    pub(super) fn locks_another(&self, read: &Read<'_>, token: usize) -> bool {
        let body = &read.body;
        let entry = self.roles.named.get(body.function.name.as_str()).is_some_and(|role| *role != Role::None);
        if !entry {
            return false;
        }
        let first = body.source.arguments(token + 1).first().copied();
        let name = first.and_then(|(from, to)| body.only_name(from, to));
        let Some(nth) = name.and_then(|name| param(body, name)) else { return false };
        let object =
            name.and_then(|name| body.locals.get(name)).is_some_and(|one| one.declared.base == "PyObject");
        object && nth > 0 && others(read, token, |name| param(body, name).is_some_and(|other| other != nth))
    }
}

/// Whether locks are held at a token, and all are critical sections on objects of which `other` is true.
fn others(read: &Read<'_>, token: usize, other: impl Fn(&str) -> bool) -> bool {
    let mut any = false;
    for one in read.stretches.around(token).filter(|one| matches!(one.hold, Hold::Section | Hold::Lock)) {
        let elsewhere = one.hold == Hold::Section
            && !one.objects.is_empty()
            && one.objects.iter().all(|name| other(name.as_str()));
        if !elsewhere {
            return false;
        }
        any = true;
    }
    any
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
