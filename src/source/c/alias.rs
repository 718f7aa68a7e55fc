//! Local references and pointers to fields: `auto &slot = self->slots[i]; slot = nullptr;` changes what the path leads to,
//! and so does `slot = &self->slot; *slot = NULL;`.
//!
//! A local copy of a handle is the handle: what a library does behind `h` in `h = self->h; lib_update(h);`, it does
//! behind `self->h`.
//!
//! In: a [`Body`]. Out: names of the references through which it changes something, whether a path is what one of them
//! refers to, what is done to a field of objects through a pointer to it, and what a copy of a field is handed to.

use std::collections::BTreeSet;

use super::access::{Access, Base};
use super::body::{Body, Value};
use super::empty::hints;
use super::filled::stores_over;
use super::lex::op;
use super::names::says_change;
use super::scan::is_number;
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

/// Tells an access, or what is done through the pointer that keeps the address it takes, and what becomes of the copy it
/// makes.
pub(super) fn tell<'a>(body: &Body<'a>, mut access: Access<'a>, sink: &mut dyn FnMut(Access<'a>)) {
    if access.act == Act::Read && is_swapped(body, &access) {
        access.act = Act::Swap;
    }
    let copied = copied(body, &access);
    match through(body, &access) {
        used if used.is_empty() => sink(access),
        used => used.into_iter().for_each(&mut *sink),
    }
    copied.into_iter().for_each(sink);
}

/// Whether a path is given to a macro that hands its address to a function of the file which drops what is there and stores
/// something else.
fn is_swapped(body: &Body<'_>, access: &Access<'_>) -> bool {
    let swaps = |(name, argument): (usize, usize)| {
        let (param, helper) = body.names.expansion(body.source.word(name))?.hands?;
        let helper = body.names.function(helper).filter(|_| param as usize == argument)?;
        Some(stores_over(&body.source, helper))
    };
    access.call.and_then(swaps) == Some(true)
}

/// How far behind the place where a field's address is kept it is followed, in tokens: one function, and not a long one.
const FOLLOWED: usize = 600;

/// What is done to a field that holds an object through the local pointer that keeps its address, `T **p = &self->field`:
/// where the old object is dropped or another stored, and where a reference is taken. The first of each.
fn through<'a>(body: &Body<'a>, access: &Access<'a>) -> Vec<Access<'a>> {
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

/// How far behind the place where a field is copied the copy is followed, in tokens.
const COPIED: usize = 4000;

/// How many uses of one copy are told.
pub(super) const USES: usize = 24;

/// The calls that a local copy of a field is handed to, `T *h = self->h; lib_update(h, 1);`, and the member functions of
/// what it points to: told as uses of the field, where the local never is anything else, and up to where the field
/// itself gets another value. Whoever moves a handle out of the object has it alone from there on.
fn copied<'a>(body: &Body<'a>, access: &Access<'a>) -> Vec<Access<'a>> {
    let source = &body.source;
    let mut out: Vec<Access<'a>> = Vec::new();
    if access.act != Act::Read
        || access.deep
        || access.field.is_empty()
        || !matches!(access.base, Base::Object { .. })
        || !source.is(access.to, op(b";")) && !source.is(access.to, op(b","))
    {
        return out;
    }
    let Some(name) = copy(body, access) else { return out };
    let word = source.word(name);
    let end = body.function.body.1.min(access.to + COPIED);
    for i in (access.to..end).filter(|&i| source.is_ident(i)) {
        let before = i.wrapping_sub(1);
        let inner = [b".".as_slice(), b"->", b"::"].iter().any(|one| source.is(before, op(one)));
        if inner {
            let last = access.field.rsplit('.').next().unwrap_or_default();
            if source.word(i) == last && source.is(i + 1, op(b"=")) {
                break;
            }
            continue;
        }
        if source.word(i) != word {
            continue;
        }
        let member = source.is(i + 1, op(b"->")) && source.is(i + 3, op(b"(")) && body.names.is_cpp();
        let used = if member {
            let act = if says_change(source.word(i + 2)) { Act::Container } else { Act::Read };
            Some((act, true, (i + 2, 0)))
        } else {
            handed(body, i, i + 1).map(|call| (Act::Pass, false, call))
        };
        let Some((act, deep, call)) = used else { continue };
        out.push(Access { act, deep, from: i, to: i + 1, call: Some(call), ..access.clone() });
        if out.len() >= USES {
            break;
        }
    }
    out
}

/// The token of the local that is given a path and never anything else, if it is a pointer.
fn copy(body: &Body<'_>, access: &Access<'_>) -> Option<usize> {
    let source = &body.source;
    let mut start = access.from.wrapping_sub(1);
    // A cast says nothing of what it is.
    if source.is(start, op(b")")) {
        start = source.mate(start)?.wrapping_sub(1);
    }
    let name = start.wrapping_sub(1);
    if !source.is(start, op(b"=")) || !source.is_ident(name) {
        return None;
    }
    let local = body.locals.get(source.word(name))?;
    let inner = [b".".as_slice(), b"->", b"::"].iter().any(|one| source.is(name.wrapping_sub(1), op(one)));
    let declared = &local.declared;
    // Numbers and Python objects are no library's.
    let base = declared.base.as_str();
    if is_number(base) || base == "void" || base.starts_with("Py") {
        return None;
    }
    let once = local.values.iter().all(|(token, value)| *token == start || is_empty(body, value));
    (!inner && local.param.is_none() && !declared.is_static && declared.pointers == 1 && once).then_some(name)
}

/// Whether a local is given no pointer yet.
pub(super) fn is_empty(body: &Body<'_>, value: &Value) -> bool {
    matches!(value, Value::Expression(from, to) if *to == from + 1 && body.source.is_null(*from))
}

/// The call that tokens are a whole argument of, and which one, where no fact says what it does with it.
pub(super) fn handed(body: &Body<'_>, from: usize, to: usize) -> Option<(usize, usize)> {
    let source = &body.source;
    let call = body.call_around(from)?;
    let at = source.arguments(call.open).iter().position(|&(a, b)| body.strip(a, b) == (from, to))?;
    let word = source.word(call.name);
    let known = body.names.known(word);
    // What a function of the same file does to a struct is told by its fields. A name without a small letter is a
    // macro's, which may do anything with a local.
    let library = known.traits == Default::default()
        && !known.own
        && !body.names.is_macro(word)
        && word.bytes().any(|byte| byte.is_ascii_lowercase());
    (library && !hints(word)).then_some((call.name, at))
}
