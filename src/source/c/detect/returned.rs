//! References that are given back at once, while what they led to is used on: from then on it is borrowed from the
//! container or the object that it was got out of, and that may let go of it.
//!
//! In: a [`Scan`](super::Scan). Out: findings of `given-back`.

use super::super::body::{Body, Call, Value};
use super::super::empty::is_null;
use super::super::lex::op;
use super::super::regions::leaves;
use super::super::summary::Bits;
use super::Found;
use crate::knowledge::Trait;

/// How many tokens after the one that gives it back a use is looked for.
const REACH: usize = 2_000;

/// How many tokens may stand between what got the reference and what gives it back.
const NEAR: usize = 200;

/// How many of them are looked at in a function.
const MOST: usize = 200;

impl Found<'_, '_> {
    /// `x = PySequence_GetItem(list, i); Py_DECREF(x); use(x);`
    pub(super) fn given_back(&mut self) {
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        let drops = |call: &&Call| body.names.at(call.name).traits.has(Trait::DropsReference);
        for call in body.calls.iter().filter(drops).take(MOST) {
            let Some(&(from, to)) = source.arguments(call.open).first() else { continue };
            let Some(name) = body.only_name(from, to) else { continue };
            let Some((got, value)) = self.got(name, call) else { continue };
            let Some(&(from, to)) = source.arguments(value.open).first() else { continue };
            // The tuple of a call's arguments never changes, and the caller keeps it.
            let parsed = |one: &Call| {
                body.names.at(one.name).traits.has(Trait::ParsesArguments)
                    && source.arguments(one.open).first().is_some_and(|&(a, b)| {
                        body.only_name(a, b).is_some() && body.only_name(a, b) == body.only_name(from, to)
                    })
            };
            let origin = body.origin(from, to, value.name);
            if origin.is_own()
                || body.calls.iter().any(parsed)
                || self.scan.bits(read, call.name).any(Bits::SAFE)
                || !self.used_after(name, got, call)
            {
                continue;
            }
            let container = super::super::regions::text(body, from, to);
            let fill =
                [("variable", name), ("callee", source.word(value.name)), ("container", container.as_str())];
            let range = (call.name, call.end);
            self.report_shared(("given-back", "used"), range, &fill, Bits::SAFE, Some(origin));
        }
    }

    /// The call that gave a local its reference, with the token at which, if between that and the call that gives the
    /// reference back nothing but a test of it stands.
    fn got(&self, name: &str, drop: &Call) -> Option<(usize, &Call)> {
        let body = self.body();
        let source = body.source;
        let local = body.locals.get(name).filter(|one| one.param.is_none() && !one.declared.is_static)?;
        let before = local.values.partition_point(|(at, _)| *at < drop.name);
        let (at, value) = local.values.get(before.checked_sub(1)?)?;
        let Value::Expression(from, to) = *value else { return None };
        let (from, to) = body.strip(from, to);
        let call = body.calls_between(from, from + 1).find(|call| call.name == from && call.end == to)?;
        let gives = body.names.at(call.name).traits.has(Trait::GivesHeld);
        let near = drop.name.saturating_sub(to) < NEAR;
        let quiet = gives && near && (to..drop.name).all(|t| source.word(t) != name || is_test(body, t));
        // What is given back where it was got, or where it is told to be there.
        let here = body.block_index_at(drop.name)?;
        let there = body.block_index_at(*at)?;
        let block = body.blocks.get(here)?;
        let stands =
            [op(b";"), op(b"{"), op(b"}")].iter().any(|one| source.is(drop.name.wrapping_sub(1), *one));
        let told = block.parent == Some(there) && tests(body, block.open, name) && !leaves(body, block.open);
        (quiet && stands && (here == there || told)).then_some((*at, call))
    }

    /// Whether what a local leads to is used after a call, before it is given something else.
    fn used_after(&self, name: &str, got: usize, drop: &Call) -> bool {
        let body = self.body();
        let source = body.source;
        let close = body.block_at(got).map_or(body.function.body.1, |block| block.close);
        for t in drop.end..close.min(drop.end + REACH) {
            if source.word(t) != name {
                continue;
            }
            let (before, after) = (t.wrapping_sub(1), t + 1);
            if source.is(before, op(b"->")) || source.is(before, op(b".")) {
                continue;
            }
            if source.is(after, op(b"=")) {
                return false;
            }
            let ends = [op(b";"), op(b","), op(b")")].iter().any(|one| source.is(after, *one));
            // `(T *)x`, `f(x)`, `return x` and `= x`; a test of it looks like none of them.
            let cast = source.is(before, op(b")"))
                && source.mate(before).is_some_and(|open| open < before && body.is_type(open + 1, before));
            let given = source.is(before, op(b",")) || source.is(before, op(b"(")) && is_call(body, before);
            let kept = source.is(before, op(b"=")) || source.word(before) == "return" || cast || given;
            if source.is(after, op(b"->")) || ends && kept {
                return !self.drops_again(t);
            }
        }
        false
    }

    /// Whether a token is handed to what gives back or takes a reference: then it was not the last one.
    fn drops_again(&self, t: usize) -> bool {
        let body = self.body();
        body.call_around(t).is_some_and(|call| {
            let traits = body.names.at(call.name).traits;
            traits.has(Trait::DropsReference) || traits.has(Trait::TakesReference)
        })
    }
}

/// Whether a bracket opens the arguments of a call.
fn is_call(body: &Body<'_>, open: usize) -> bool {
    let word = body.source.word(open.wrapping_sub(1));
    !matches!(word, "" | "if" | "while" | "switch" | "for" | "sizeof")
}

/// Whether the name at token `t` is only tested: `!x`, `x == NULL`, `if (x)`.
fn is_test(body: &Body<'_>, t: usize) -> bool {
    let source = body.source;
    let (before, after) = (t.wrapping_sub(1), t + 1);
    let compared = (source.is(after, op(b"==")) || source.is(after, op(b"!="))) && is_null(body, after + 1)
        || (source.is(before, op(b"==")) || source.is(before, op(b"!=")))
            && is_null(body, before.wrapping_sub(1));
    let asked = source.is(before, op(b"("))
        && source.is(after, op(b")"))
        && source.word(before.wrapping_sub(1)) == "if";
    compared || asked || source.is(before, op(b"!"))
}

/// Whether the block that opens at a token is what an `if` runs that tests nothing but whether a local is there.
fn tests(body: &Body<'_>, open: usize, name: &str) -> bool {
    let source = body.source;
    let close = open.wrapping_sub(1);
    let Some(head) = source.mate(close).filter(|&head| head < close) else { return false };
    let mut named = (head..close).filter(|&t| source.is_ident(t));
    source.word(head.wrapping_sub(1)) == "if"
        && named.by_ref().all(|t| is_null(body, t) || source.word(t) == name)
        && !source.is(head + 1, op(b"!"))
        && !(head..close).any(|t| source.is(t, op(b"==")))
}
