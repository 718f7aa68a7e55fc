//! Local references and pointers to fields: `auto &slot = self->slots[i]; slot = nullptr;` changes what the path leads to,
//! and so does `slot = &self->slot; *slot = NULL;`.
//!
//! In: a [`Body`]. Out: names of the references through which it changes something, whether a path is what one of them
//! refers to, and what is done to a field of objects through a pointer to it.

use std::collections::BTreeSet;

use super::access::{Access, Base};
use super::body::Body;
use super::lex::op;
use super::names::says_change;
use super::summary::Act;
use crate::knowledge::Trait;

/// Local references through which a function changes what they refer to.
pub(super) fn changed<'a>(body: &Body<'a>) -> BTreeSet<&'a str> {
    let source = body.source;
    let mut out = BTreeSet::new();
    let bound = |name: &str| {
        body.locals.get(name).is_some_and(|local| {
            local.param.is_none() && local.declared.reference && !local.declared.constant
        })
    };
    if !body.locals.keys().any(|name| bound(name)) {
        return out;
    }
    let is_one_of = |i: usize, all: &[&[u8]]| all.iter().any(|one| source.is(i, op(one)));
    let (from, to) = body.function.body;
    for i in (from..to).filter(|&i| source.is_ident(i)) {
        let word = source.word(i);
        let before = i.wrapping_sub(1);
        // Where it is declared it only gets its name.
        if is_one_of(before, &[b"&", b"&&", b".", b"->", b"::"]) || !bound(word) {
            continue;
        }
        let mut next = i + 1;
        while source.is(next, op(b"[")) {
            next = source.after_group(next);
        }
        let assigned = [b"=".as_slice(), b"+=", b"-=", b"*=", b"|=", b"&=", b"^=", b"++", b"--"];
        let called = is_one_of(next, &[b".", b"->"])
            && source.is(next + 2, op(b"("))
            && says_change(source.word(next + 1));
        if is_one_of(next, &assigned) || is_one_of(before, &[b"++", b"--"]) || called {
            out.insert(word);
        }
    }
    out
}

/// Whether one of these references is bound to the path that begins at token `from`: `T &x = path`, `for (T &x : path)`.
pub(super) fn is_bound(body: &Body<'_>, from: usize, changed: &BTreeSet<&str>) -> bool {
    let source = &body.source;
    let before = from.wrapping_sub(1);
    !changed.is_empty()
        && (source.is(before, op(b"=")) || source.is(before, op(b":")))
        && source.is(from.wrapping_sub(3), op(b"&"))
        && changed.contains(source.word(from.wrapping_sub(2)))
}

/// How far behind the place where a field's address is kept it is followed, in tokens: one function, and not a long one.
const FOLLOWED: usize = 600;

/// What is done to a field that holds an object through the local pointer that keeps its address, `T **p = &self->field`:
/// where the old object is dropped or another stored, and where a reference is taken. The first of each.
pub(super) fn through<'a>(body: &Body<'a>, access: &Access<'a>) -> Vec<Access<'a>> {
    let source = &body.source;
    if access.act != Act::Address || access.deep || !matches!(access.base, Base::Object { .. }) {
        return Vec::new();
    }
    let mut start = access.from.wrapping_sub(1);
    while source.is(start, op(b"(")) && !source.is_ident(start.wrapping_sub(1)) {
        start = start.wrapping_sub(1);
    }
    let equal = start.wrapping_sub(1);
    let name = equal.wrapping_sub(1);
    if !source.is(start, op(b"&")) || !source.is(equal, op(b"=")) || !source.is_ident(name) {
        return Vec::new();
    }
    let word = source.word(name);
    let to_object = |local: &super::body::Local| local.declared.pointers == 2 && !local.declared.is_static;
    if !body.locals.get(word).is_some_and(to_object) {
        return Vec::new();
    }
    let mut out: Vec<Access<'a>> = Vec::new();
    let end = body.function.body.1.min(access.to + FOLLOWED);
    for star in (access.to..end).filter(|&i| source.is(i, op(b"*")) && source.word(i + 1) == word) {
        let (mut from, mut to) = (star, star + 2);
        while source.is(from.wrapping_sub(1), op(b"(")) && source.mate(from.wrapping_sub(1)) == Some(to) {
            (from, to) = (from - 1, to + 1);
        }
        let called = source.is(from, op(b"(")) && from < star;
        let callee = if called { from.wrapping_sub(1) } else { from.wrapping_sub(2) };
        let alone = called || source.is(from.wrapping_sub(1), op(b"(")) && source.is(to, op(b","));
        let traits = (alone && source.is_ident(callee)).then(|| body.names.known(source.word(callee)).traits);
        let has = |one: Trait| traits.is_some_and(|traits| traits.has(one));
        let begins =
            [b";".as_slice(), b"{", b"}", b")"].iter().any(|one| source.is(from.wrapping_sub(1), op(one)));
        let act = if has(Trait::DropsReference) || has(Trait::ReplacesField) {
            Act::Swap
        } else if has(Trait::TakesReference) {
            Act::Borrow
        } else if begins && source.is(to, op(b"=")) {
            Act::Write
        } else {
            continue;
        };
        // What is stored where the old object was just dropped is the same step.
        if !out.iter().any(|one| one.act == act || one.act == Act::Swap && act == Act::Write) {
            out.push(Access { act, from: star, to: star + 2, call: None, ..access.clone() });
        }
    }
    out
}
