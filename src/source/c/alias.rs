//! Local references: `auto &slot = self->slots[i]; slot = nullptr;` changes what the path leads to.
//!
//! In: a [`Body`]. Out: names of the references through which it changes something, and whether a path is what one of
//! them refers to.

use std::collections::BTreeSet;

use super::body::Body;
use super::lex::op;
use super::names::says_change;

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
