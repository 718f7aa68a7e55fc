//! Critical sections that are given up while something relies on them: detaching the thread state lets go of every open
//! section, and another thread may go on with the object until this one is attached again.
//!
//! In: a function with its sections, and the functions of its file that it hands the object to. What relies is a pointer
//! of the object that is used while the thread is detached, and a field that is looked at before and changed since. Under
//! a lock of another kind, which stays taken, nothing is reported.

use std::collections::BTreeMap;

use super::super::lex::op;
use super::super::regions::{Hold, Stretch};
use super::super::scan::{Read, Scan};
use super::{Found, Shared};
use crate::knowledge::Trait;

/// How many functions in a row hand the object on.
const CHAIN: u32 = 4;

/// How many sections of a function are looked at.
const SECTIONS: usize = 64;

/// How many tokens and stretches are looked at for one file: what is asked of a function grows with both, and a file may
/// have as many of either as it has bytes.
pub(super) const STEPS: usize = 50_000_000;

/// What becomes of the object of a section in a function.
#[derive(Clone, Copy)]
struct Parted {
    /// Where the thread state is given up.
    at: usize,
    /// The field that something relies on, as a token.
    field: usize,
}

impl<'a> Found<'_, 'a> {
    /// Sections in which the thread state is given up.
    pub(super) fn parted(&mut self, shared: &Shared<'a>) {
        let (read, scan) = (self.read, self.scan);
        let body = &read.body;
        let source = body.source;
        let mut told: BTreeMap<usize, (&'static str, String, String)> = BTreeMap::new();
        let sections = read.stretches.list.iter().filter(|one| one.hold == Hold::Section && one.closed);
        for one in sections.take(SECTIONS) {
            for object in one.objects.iter().filter(|object| is_word(object)) {
                if let Some(found) = parted(scan, shared, read, object, (one.from, one.to)) {
                    let field = source.word(found.field).to_owned();
                    told.entry(found.at).or_insert(("parted", field, object.clone()));
                }
                let within = |at: usize| one.from < at && at < one.to;
                for call in body.calls.iter().filter(|call| within(call.name)) {
                    let [only] = body.names.functions(source.word(call.name)) else { continue };
                    let Some(nth) = argument(read, call.open, object) else { continue };
                    if !has_lock(read, call.name) && hands(scan, shared, (*only, nth), CHAIN) {
                        let callee = source.word(call.name).to_owned();
                        told.entry(one.from).or_insert(("parted-by-call", callee, object.clone()));
                    }
                }
            }
        }
        for (at, (case, name, object)) in told {
            let fill = [("variable", name.as_str()), ("object", object.as_str())];
            self.report(("section-outlived", case), at, at + 1, &fill);
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether there is time left to look at so many tokens and stretches.
fn pays(shared: &Shared<'_>, steps: usize) -> bool {
    let left = shared.steps.get().checked_sub(steps);
    shared.steps.set(left.unwrap_or(0));
    left.is_some()
}

/// Whether a lock that is no section is held at a token.
fn has_lock(read: &Read<'_>, at: usize) -> bool {
    read.stretches.around(at).any(|one| one.hold == Hold::Lock)
}

/// Which argument of a call an object is.
fn argument(read: &Read<'_>, open: usize, object: &str) -> Option<usize> {
    let arguments = read.body.source.arguments(open);
    arguments.iter().position(|(from, to)| read.body.only_name(*from, *to) == Some(object))
}

/// Whether a function, or one that it hands this parameter to, gives the thread state up while it relies on the object.
fn hands<'a>(scan: &Scan<'a>, shared: &Shared<'a>, (index, nth): (usize, usize), chain: u32) -> bool {
    if let Some(known) = shared.parted.borrow().get(&(index, nth)) {
        return *known;
    }
    // What calls itself adds nothing.
    shared.parted.borrow_mut().insert((index, nth), false);
    let answer = scan.functions.get(index).is_some_and(|read| {
        let body = &read.body;
        let Some(param) = body.function.params.get(nth).filter(|_| pays(shared, body.calls.len())) else {
            return false;
        };
        let own = parted(scan, shared, read, &param.name, body.function.body).is_some();
        own || chain > 0
            && body.calls.iter().any(|call| {
                let [only] = body.names.functions(body.source.word(call.name)) else { return false };
                let nth = argument(read, call.open, &param.name);
                nth.is_some_and(|nth| {
                    !has_lock(read, call.name) && hands(scan, shared, (*only, nth), chain - 1)
                })
            })
    });
    shared.parted.borrow_mut().insert((index, nth), answer);
    answer
}

/// Where, between two tokens, the thread state is given up while something relies on an object.
fn parted(
    scan: &Scan<'_>,
    shared: &Shared<'_>,
    read: &Read<'_>,
    object: &str,
    (from, to): (usize, usize),
) -> Option<Parted> {
    let source = read.body.source;
    let list = &read.stretches.list;
    if !pays(shared, list.len()) {
        return None;
    }
    let inside = |one: &&Stretch| one.hold == Hold::Detached && from < one.from && one.to < to;
    if !list.iter().any(|one| inside(&one)) || !pays(shared, to.saturating_sub(from)) {
        return None;
    }
    // Tokens of the object's fields.
    let of_object = |t: &usize| source.word(*t) == object && source.is(t + 1, op(b"->"));
    let fields: Vec<usize> = (from..to).filter(of_object).map(|t| t + 2).collect();
    let whole = |t: usize| {
        let (before, after) = (t.wrapping_sub(3), t + 1);
        (source.is(before, op(b"(")) || source.is(before, op(b",")))
            && (source.is(after, op(b",")) || source.is(after, op(b")")))
    };
    let stores = |t: usize| source.is(t + 1, op(b"="));
    let changes = |t: usize| {
        let call = |call: &&super::super::body::Call| call.open < t && t < call.end;
        let mutates = |name: usize| read.body.names.at(name).traits.has(Trait::MutatesContainer);
        stores(t) || whole(t) && read.body.calls.iter().filter(call).any(|call| mutates(call.name))
    };
    for one in list.iter().filter(inside).filter(|one| !has_lock(read, one.from)) {
        if !pays(shared, fields.len() * (fields.len() + read.body.calls.len() + shared.fields)) {
            return None;
        }
        let (before, after): (Vec<usize>, Vec<usize>) = fields.iter().copied().partition(|&t| t < one.from);
        let uses =
            |t: &&usize| **t < one.to && (stores(**t) || whole(**t) && is_pointer(scan, source.word(**t)));
        let changed =
            |t: &&usize| changes(**t) && before.iter().any(|seen| source.word(*seen) == source.word(**t));
        if let Some(field) = after.iter().find(uses).or_else(|| after.iter().find(changed)) {
            return Some(Parted { at: one.from, field: *field });
        }
    }
    None
}

/// Whether a field is a pointer; of a struct that another file declares, whether its name says nothing else.
fn is_pointer(scan: &Scan<'_>, field: &str) -> bool {
    let mut known =
        scan.file.items.types.iter().flat_map(|one| &one.fields).filter(|one| one.name == field).peekable();
    if known.peek().is_none() {
        let name = field.to_ascii_lowercase();
        return !["fd", "sock", "fileno", "handle"].iter().any(|end| name.ends_with(end));
    }
    known.any(|one| one.pointers > 0)
}
