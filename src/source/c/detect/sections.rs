//! Further ways of getting a critical section or a lock wrong: ends that do not belong to
//! their beginning, a lock taken again by the function that is called under it, and what was looked up under a lock and
//! is used after the lock may have been given up.

use std::collections::{BTreeMap, BTreeSet};

use super::super::body::{Body, Call, Local, Value};
use super::super::lex::op;
use super::super::names::Effect;
use super::super::regions::{Hold, Stretch};
use super::super::scan::Read;
use super::{Found, Shared};
use crate::knowledge::Trait;

/// How many tokens a statement without curly brackets is followed for.
const STATEMENT: usize = 400;

/// How many calls under a lock, and pairs of a held and a taken lock, are looked at for one function; and how many calls
/// are asked for what they do to what was looked up in a section.
const STEPS: usize = 100_000;

/// A function with more locals or calls than this is not looked at for what outlives its sections: nobody writes one by
/// hand, and each local may be asked for at each call.
const LARGE: usize = 2_000;

/// How many sections of a function are looked at for what outlives them.
const SECTIONS: usize = 64;

/// How many tokens of a call's arguments are looked at.
const ARGUMENTS: usize = 60;

/// Words after which a statement is repeated.
const LOOPS: [&str; 2] = ["for", "while"];

impl<'a> Found<'_, 'a> {
    /// Whether `break` or `continue` at token `i` belongs to a loop around the whole stretch.
    pub(super) fn leaves_loop(&self, one: &Stretch, i: usize, is_break: bool) -> bool {
        let body = self.body();
        let source = body.source;
        // A loop whose statement has no brackets begins near.
        let first = i.saturating_sub(STATEMENT).max(one.from + 1);
        if (first..i).any(|t| LOOPS.contains(&source.word(t)) && self.holds(t, i)) {
            return false;
        }
        let mut around = body.block_at(i);
        while let Some(block) = around {
            let head = source.mate(block.open.wrapping_sub(1)).filter(|&head| head < block.open);
            let word = head.map_or("", |head| source.word(head.wrapping_sub(1)));
            // `FOREACH(x) { … }` is a loop as well, for all one can tell.
            let repeats = block.is_loop
                || is_break && word == "switch"
                || block.open > one.from && !matches!(word, "" | "if" | "switch" | "catch");
            if repeats {
                return block.open < one.from;
            }
            around = block.parent.and_then(|at| body.blocks.get(at));
        }
        false
    }

    /// Whether the statement that `for (…)`, `while (…)` or a macro at token `head` begins holds token `i`.
    fn holds(&self, head: usize, i: usize) -> bool {
        let body = self.body();
        let source = body.source;
        let then = source.after_group(head + 1);
        let end = if source.is(then, op(b"{")) {
            source.after_group(then)
        } else {
            (then..(then + STATEMENT).min(body.function.body.1))
                .find(|&t| source.is(t, op(b";")))
                .map_or(then, |end| end + 1)
        };
        head < i && i < end
    }

    /// Ends that do not fit their beginning, and sections on what is no object.
    pub(super) fn wrong_pairs(&mut self) {
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        for one in read.stretches.list.iter().filter(|one| one.hold == Hold::Section && one.by_call) {
            let begins = body.names.at(one.from).traits;
            let ends = body.names.at(one.to).traits;
            let object = one.objects.first().cloned().unwrap_or_default();
            let fill = [("object", object.as_str())];
            let two = begins.has(Trait::CriticalSection2Begin) && ends.has(Trait::CriticalSectionEnd);
            let half = begins.has(Trait::CriticalSectionBegin) && ends.has(Trait::CriticalSection2End);
            if one.closed && (two || half) {
                self.report(("critical-section", "mismatch"), one.to, one.to + 1, &fill);
            }
            // The address of a lock is no object; that of a static type is.
            let lock = object.rsplit(['.', '>']).next().unwrap_or_default().to_ascii_lowercase();
            if begins.has(Trait::CriticalSectionBegin)
                && source.is(one.from + 1, op(b"("))
                && object.starts_with('&')
                && (lock.contains("mutex") || lock.contains("lock"))
            {
                self.report(("critical-section", "not-object"), one.from, one.from + 1, &fill);
            }
        }
    }

    /// Calls, while a lock is held, of functions of this file that take the same lock.
    pub(super) fn again_by_call(&mut self, shared: &Shared<'a>) {
        let read = self.read;
        let (body, scan) = (&read.body, self.scan);
        let source = body.source;
        let mut told: BTreeMap<usize, String> = BTreeMap::new();
        let mut left = STEPS;
        for outer in read.stretches.list.iter().filter(|one| waits(body, one) && one.closed) {
            let Some(held) = outer.objects.first().filter(|text| !text.is_empty()) else { continue };
            let first = body.calls.partition_point(|call| call.name <= outer.from);
            let after = body.calls.get(first..).unwrap_or_default();
            for call in after.iter().take_while(|call| call.name < outer.to) {
                let Some(rest) = left.checked_sub(1) else { return };
                left = rest;
                let [only] = body.names.functions(source.word(call.name)) else { continue };
                let Some(callee) = scan.functions.get(*only).filter(|one| !std::ptr::eq(*one, read)) else {
                    continue;
                };
                let mut known = shared.taken.borrow_mut();
                let taken = known.entry(*only).or_insert_with(|| taken(callee));
                let Some(rest) = left.checked_sub(taken.len()) else { return };
                left = rest;
                let arguments = if taken.is_empty() { Vec::new() } else { source.arguments(call.open) };
                let same = taken.iter().any(|taken| {
                    let argument = |nth: usize| {
                        let (from, to) = arguments.get(nth).copied()?;
                        body.only_name(from, to)
                    };
                    renamed(callee, taken, argument).as_deref() == Some(held.as_str())
                });
                if same {
                    told.entry(call.name).or_insert_with(|| held.clone());
                }
            }
        }
        for (at, object) in told {
            self.report(("critical-section", "twice-by-call"), at, at + 1, &[("object", object.as_str())]);
        }
    }

    /// What was looked up under a lock and is used where the lock may have been given up since.
    pub(super) fn outlived(&mut self, shared: &Shared<'a>) {
        let read = self.read;
        let body = &read.body;
        if body.locals.len() > LARGE || body.calls.len() > LARGE {
            return;
        }
        let mut found: Vec<(&'static str, usize, String, String)> = Vec::new();
        let mut left = STEPS;
        let sections = read.stretches.list.iter().filter(|one| one.hold == Hold::Section && one.closed);
        for one in sections.take(SECTIONS) {
            let object = one.objects.first().cloned().unwrap_or_default();
            for call in body.calls.iter().filter(|call| one.from < call.name && call.name < one.to) {
                if let Some(name) = self.kept_borrow(one, call, &mut left) {
                    found.push(("borrowed", call.name, name.to_owned(), object.clone()));
                }
            }
            for (name, local) in &body.locals {
                if let Some(at) = self.stale(one, (name, local), shared, &mut left) {
                    found.push(("suspended", at, (*name).to_owned(), object.clone()));
                }
            }
        }
        found.sort();
        found.dedup();
        for (case, at, name, object) in found {
            let fill = [("variable", name.as_str()), ("object", object.as_str())];
            self.report(("section-outlived", case), at, at + 1, &fill);
        }
    }

    /// The local that a call in a section stores a borrowed item in, which is used after the section without a reference
    /// of its own.
    fn kept_borrow(&self, one: &Stretch, call: &Call, left: &mut usize) -> Option<&str> {
        let body = self.body();
        let source = body.source;
        if !body.names.at(call.name).traits.has(Trait::BorrowsFromContainer) {
            return None;
        }
        let (from, to) = source.arguments(call.open).first().copied()?;
        if body.origin(from, to, call.name).is_own() {
            return None;
        }
        // The item is one of what the section is on.
        let container = super::super::regions::text(body, from, to);
        if !one.objects.contains(&container) {
            return None;
        }
        *left = left.checked_sub(body.locals.len() + body.calls.len())?;
        let (name, local) = body.locals.iter().find(|(_, local)| {
            local.values.iter().any(|(_, value)| match *value {
                Value::Expression(a, b) => {
                    let (a, b) = body.strip(a, b);
                    a == call.name && b == call.end
                }
                Value::Out => false,
            })
        })?;
        let takers = body.calls.iter().filter(|taker| call.end < taker.name && taker.name < one.to);
        let takers = takers.filter(|taker| !body.names.at(taker.name).traits.has(Trait::DropsReference));
        let handed = |taker: &Call| {
            (taker.open..taker.end.min(taker.open + ARGUMENTS)).any(|t| source.word(t) == *name)
        };
        // `Py_NewRef(PyList_GET_ITEM(…))` is another value; a call after it may take a reference.
        let owned = { takers }.any(handed);
        let again = local.values.iter().any(|(at, _)| *at > one.to);
        (!owned && !again && local.param.is_none() && self.is_used(name, one.to)).then_some(*name)
    }

    /// Whether a local is handed on, looked into or returned somewhere after token `from`.
    fn is_used(&self, name: &str, from: usize) -> bool {
        let source = self.body().source;
        (from..self.body().function.body.1).any(|t| self.uses(name, t) && source.word(t) == name)
    }

    /// Whether token `t` is a use of what a local points to, not a test or an assignment of it.
    fn uses(&self, name: &str, t: usize) -> bool {
        let source = self.body().source;
        let (before, after) = (t.wrapping_sub(1), t + 1);
        if source.word(t) != name || source.is(before, op(b"->")) || source.is(before, op(b".")) {
            return false;
        }
        let looks = source.is(after, op(b"->")) || source.is(after, op(b"["));
        let through = source.is(before, op(b"*"))
            && !source.is_ident(before.wrapping_sub(1))
            && !source.is(after, op(b"="))
            && !source.is(after, op(b";"));
        let edge = source.is(before, op(b"(")) || source.is(before, op(b","));
        let argument = edge
            && (source.is(after, op(b",")) || source.is(after, op(b")")))
            && !matches!(source.word(before.wrapping_sub(1)), "if" | "while");
        let returned = source.word(before) == "return" && source.is(after, op(b";"));
        looks || through || argument || returned
    }

    /// Where a local that was loaded from what a section guards is used after a call that may suspend the section.
    fn stale(
        &self,
        one: &Stretch,
        (name, local): (&str, &Local),
        shared: &Shared<'a>,
        left: &mut usize,
    ) -> Option<usize> {
        let body = self.body();
        let source = body.source;
        if local.declared.pointers == 0 || local.param.is_some() || local.declared.base.starts_with("Py") {
            return None;
        }
        let within = |at: usize| one.from < at && at < one.to;
        // Loaded once, from a field of the object, inside of the section.
        let [(at, Value::Expression(from, to))] = local.values.as_slice() else { return None };
        let (from, to) = body.strip(*from, *to);
        let path = source.is(from + 1, op(b"->")) && to == from + 3 && source.is_ident(from + 2);
        let guarded = one.objects.iter().any(|object| object == source.word(from));
        if !within(*at) || !path || !guarded || !shared.is_replaced(source.word(from + 2), self.index) {
            return None;
        }
        *left = left.checked_sub(body.calls.len() + self.read.stretches.list.len())?;
        let suspends = body.calls.iter().filter(|call| call.name > to && within(call.name)).find(|call| {
            let traits = body.names.at(call.name).traits;
            traits.has(Trait::CallsPython)
        });
        let calls = suspends.map(|call| call.end);
        let detached = self.read.stretches.list.iter().find(|other| {
            other.hold == Hold::Detached && other.from > to && within(other.from) && within(other.to)
        });
        let first = match (calls, detached.map(|other| other.from)) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b)?,
        };
        (first..body.function.body.1).find(|&t| self.uses(name, t))
    }
}

/// Whether a stretch begins with a call that waits for a lock, and for ever if this thread has it.
fn waits(body: &Body<'_>, one: &Stretch) -> bool {
    let word = body.source.word(one.from);
    one.hold == Hold::Lock
        && one.by_call
        && body.names.known(word).traits.has(Trait::MutexLock)
        && body.source.arguments(one.from + 1).len() == 1
        && !["try", "rdlock", "shared", "critical"]
            .iter()
            .any(|part| word.to_ascii_lowercase().contains(part))
}

/// The locks that a function waits for, as it writes them. What it takes after it gave one back is left out: it was
/// called with that one on purpose.
fn taken(read: &Read<'_>) -> Box<[String]> {
    let body = &read.body;
    let (from, to) = body.function.body;
    let gives = (from..to).find(|&t| body.names.at(t).effect.is_some_and(Effect::unlocks));
    let list = read.stretches.list.iter();
    let before = list.filter(|one| gives.is_none_or(|given| given >= one.from) && waits(body, one));
    before.filter_map(|one| one.objects.first().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A lock as the caller writes it: what hangs on a parameter hangs on the argument, and a static is the same for both.
fn renamed<'b>(
    callee: &Read<'_>,
    taken: &str,
    argument: impl FnOnce(usize) -> Option<&'b str>,
) -> Option<String> {
    let start = taken.len() - taken.trim_start_matches('&').len();
    let rest = taken.get(start..)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (base, path) = (rest.get(..end)?, rest.get(end..)?);
    match callee.body.locals.get(base) {
        Some(local) if local.values.is_empty() => {
            let name = argument(local.param? as usize)?;
            Some(format!("{}{name}{path}", taken.get(..start)?))
        }
        Some(_) => None,
        None => Some(taken.to_owned()),
    }
}
