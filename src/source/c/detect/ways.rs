//! Ways out of the stretches of a function: `return`, `goto`, `break`, `continue`, `throw` and macros that return.
//!
//! They are found once for a function; a stretch then asks for those that lie in it. Of stretches that lie in each other
//! by the thousand only so many ways are looked at.

use std::collections::HashMap;

use super::super::body::Body;
use super::super::lex::op;
use super::super::names::Effect;
use super::super::regions::{Hold, Stretch};
use super::Found;

/// How many pairs of a stretch and a way out of it are looked at for one function.
const STEPS: usize = 20_000;

/// How control leaves the place where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// `return …`, where its expression ends if the function goes on so far.
    Return(usize),
    /// `goto`, with the token of the label if it is the function's, and whether nothing from there on gives a lock back.
    Goto(Option<(usize, bool)>),
    Break,
    Continue,
    Throw,
    /// A macro that returns.
    Macro,
}

/// A way out of what is around it.
#[derive(Debug, Clone, Copy)]
struct Way {
    at: usize,
    how: How,
    /// Where the body of the innermost lambda around it opens: what leaves that leaves no stretch around it.
    lambda: Option<usize>,
}

/// Ways out of blocks of a function.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// In order.
    list: Vec<Way>,
    /// Tokens that certainly give a lock back, in order.
    gives: Vec<usize>,
    /// The first `try`.
    tries: Option<usize>,
    left: usize,
}

impl Ways {
    /// Goes over a function once.
    pub(super) fn of(found: &Found<'_, '_>) -> Self {
        let body = found.body();
        let source = body.source;
        let (from, to) = body.function.body;
        let mut out = Self { left: STEPS, ..Self::default() };
        let mut labels: HashMap<&str, usize> = HashMap::new();
        // The last token that gives a lock back, by what it is called too, or goes on elsewhere.
        let mut last = None;
        for t in from..to {
            let word = source.word(t);
            if word.is_empty() {
                continue;
            }
            let known = body.names.at(t);
            let gives = |effect: Option<Effect>| effect.is_some_and(Effect::unlocks);
            if gives(known.effect) {
                out.gives.push(t);
            }
            let says_given = matches!(word, "unlock" | "release" | "Release" | "Unlock");
            let elsewhere = matches!(word, "goto" | "break" | "continue");
            if gives(known.effect) || gives(known.guess) || says_given || elsewhere {
                last = Some(t);
            }
            if source.is(t + 1, op(b":")) && !matches!(source.word(t.wrapping_sub(1)), "goto" | "case") {
                labels.entry(word).or_insert(t);
            }
            if out.tries.is_none() && word == "try" {
                out.tries = Some(t);
            }
        }
        let lambdas = if found.scan.file.cpp { lambdas(body) } else { Vec::new() };
        for at in from..to {
            let word = source.word(at);
            let how = match word {
                "" => continue,
                "goto" => How::Goto(
                    labels
                        .get(source.word(at + 1))
                        .map(|&label| (label, last.is_none_or(|last| last < label))),
                ),
                "break" if source.is(at + 1, op(b";")) => How::Break,
                "continue" if source.is(at + 1, op(b";")) => How::Continue,
                "break" | "continue" => continue,
                "throw" => How::Throw,
                _ if word == "return" || word.starts_with("Py_RETURN_") => {
                    How::Return(body.expression_end(at + 1, to + 1))
                }
                _ if source.is(at + 1, op(b"(")) && body.names.returns(word) => How::Macro,
                _ => continue,
            };
            let block = body.block_index_at(at);
            let lambda = block.and_then(|block| lambdas.get(block).copied().flatten());
            out.list.push(Way { at, how, lambda });
        }
        out
    }

    /// Those between two tokens, as long as the function's share lasts.
    fn between(&mut self, from: usize, to: usize) -> &[Way] {
        let first = self.list.partition_point(|one| one.at < from);
        let after = self.list.partition_point(|one| one.at < to);
        let count = after.saturating_sub(first).min(self.left);
        self.left -= count;
        self.list.get(first..first + count).unwrap_or_default()
    }
}

/// For each block of a body where the innermost lambda opens that it lies in, or is the body of.
fn lambdas(body: &Body<'_>) -> Vec<Option<usize>> {
    let source = body.source;
    let mut out: Vec<Option<usize>> = Vec::with_capacity(body.blocks.len());
    for block in &body.blocks {
        let before = block.open.wrapping_sub(1);
        let head = source.mate(before).filter(|_| source.is(before, op(b")")));
        let own = source.is(head.unwrap_or(block.open).wrapping_sub(1), op(b"]")).then_some(block.open);
        out.push(own.or_else(|| block.parent.and_then(|at| out.get(at).copied().flatten())));
    }
    out
}

impl Found<'_, '_> {
    /// Ways out of a stretch that do not pass its end.
    pub(super) fn exits(&self, one: &Stretch, ways: &mut Ways) -> Vec<(usize, &'static str)> {
        // What is done where the lock cannot be had is none of it: a macro is told, or an `if` asks.
        let start = self.asked(one).unwrap_or_else(|| self.body().source.after_group(one.from + 1));
        let list = ways.between(start, one.to).to_vec();
        let gives = |from: usize, to: usize| {
            let first = ways.gives.partition_point(|&at| at < from);
            ways.gives.get(first).is_some_and(|&at| at < to)
        };
        let mut out = Vec::new();
        for Way { at, how, lambda } in list {
            if lambda.is_some_and(|open| open > one.from) {
                continue;
            }
            let inside = |t: usize| one.from < t && t < one.to;
            let case = match how {
                // `return unlock(x), y` closes it by itself.
                How::Return(end) => (!gives(at, end.min(one.to + 1))).then_some("return"),
                // Where a lock is given back at the label, that is the common way to clean up.
                How::Goto(label) => label
                    .is_some_and(|(label, keeps)| !inside(label) && (one.hold == Hold::Section || keeps))
                    .then_some("goto"),
                How::Break | How::Continue => (one.hold == Hold::Section
                    && self.leaves_loop(one, at, how == How::Break))
                .then_some("loop"),
                // Who catches it may close what is open.
                How::Throw => {
                    (one.macro_block && ways.tries.is_none_or(|first| first >= at)).then_some("throw")
                }
                How::Macro => Some("return"),
            };
            out.extend(case.map(|case| (at, case)));
        }
        out
    }
}
