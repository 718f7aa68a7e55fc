//! Detectors that need one function alone, about paths and stretches that no query can describe.
//!
//! In: a [`Scan`]. Out: findings of `critical-section`, `detached-exit` and `allocator-mix`. A lock that is known only by what its
//! name says gives none of them: what is reported here is certain about what the calls do.

use super::body::{Body, Value};
use super::lex::op;
use super::names::Effect;
use super::regions::{Hold, Stretch};
use super::scan::{Read, Scan};
use super::summary::{Bits, Pending};
use crate::knowledge::{Trait, Traits};
use crate::rules::RuleSet;
use crate::source::found;

/// How many tokens before a call the `if` that asks for its answer may stand.
const ASKED: usize = 12;

/// Runs them over every function of a file.
pub fn file(scan: &Scan<'_>, rules: &RuleSet, out: &mut Vec<Pending>) {
    for (index, read) in scan.functions.iter().enumerate() {
        let mut found = Found { scan, rules, index, read, out };
        if !read.stretches.list.is_empty() {
            found.called_detached();
            found.left_open();
            found.nested();
        }
        found.domains();
    }
}

struct Found<'s, 'a> {
    scan: &'s Scan<'a>,
    rules: &'s RuleSet,
    index: usize,
    read: &'s Read<'a>,
    out: &'s mut Vec<Pending>,
}

impl<'s, 'a> Found<'s, 'a> {
    fn report(&mut self, (detector, case): (&str, &str), from: usize, to: usize, filling: &[(&str, &str)]) {
        let place = found::Place {
            location: self.scan.place(from, to).location(self.scan.file.path),
            function: self.read.body.function.name.clone(),
            text: self.scan.text(from, to),
        };
        for wording in self.rules.word(detector, case, self.scan.language(), filling) {
            self.out.push(Pending {
                finding: found::finding(wording, &place),
                function: Some(self.index as u32),
                unless: Bits::default(),
                shared: None,
            });
        }
    }

    fn body(&self) -> &'s Body<'a> {
        &self.read.body
    }

    /// Sections and locks that a way out of the function leaves behind.
    fn left_open(&mut self) {
        let read = self.read;
        for one in &read.stretches.list {
            if !one.by_call || !self.certain(one) {
                continue;
            }
            if one.hold == Hold::Detached {
                self.left_detached(one);
                continue;
            }
            let object = one.objects.first().cloned().unwrap_or_default();
            let fill = [("object", object.as_str())];
            if one.hold == Hold::Section && one.macro_block && !one.closed {
                self.report(("critical-section", "unbalanced"), one.from, one.from + 1, &fill);
                continue;
            }
            if !one.closed || !matches!(one.hold, Hold::Section | Hold::Lock) {
                continue;
            }
            for (i, case) in self.exits(one) {
                let case = match one.hold {
                    Hold::Section => case,
                    _ if case == "return" => "one-path",
                    _ => continue,
                };
                self.report(("critical-section", case), i, i + 1, &fill);
            }
        }
    }

    /// Returns from a stretch in which the thread is detached: the caller goes on as if it were attached.
    fn left_detached(&mut self, one: &Stretch) {
        if !one.closed {
            return;
        }
        let word = self.body().source.word(one.from).to_owned();
        for (i, case) in self.exits(one) {
            // Inside of a stretch that attaches again nothing is wrong with returning but for what is left open there.
            if case == "return" && self.read.stretches.detached(i) {
                self.report(("detached-exit", case), i, i + 1, &[("callee", word.as_str())]);
            }
        }
    }

    /// Calls, while the thread is detached, of functions of this file that need a thread state and do not see to it.
    fn called_detached(&mut self) {
        let (body, stretches) = (self.body(), &self.read.stretches);
        for call in body.calls.iter().filter(|call| stretches.detached(call.name)) {
            let word = body.source.word(call.name);
            let [only] = body.names.functions(word) else { continue };
            if self.scan.functions.get(*only).is_some_and(needs_thread_state) {
                self.report(("detached-exit", "helper"), call.name, call.name + 1, &[("callee", word)]);
            }
        }
    }

    /// Whether facts, or macros and functions of this file made of them, say what opens the stretch.
    fn certain(&self, one: &Stretch) -> bool {
        let source = self.body().source;
        // A stretch that goes on after a block that left has no opening token of its own.
        let word = source.word(one.from);
        let again = source.is(one.from, op(b"}"));
        again || self.body().names.known(word).effect.is_some()
    }

    /// Ways out of a stretch that do not pass its end.
    fn exits(&self, one: &Stretch) -> Vec<(usize, &'static str)> {
        let body = self.body();
        let source = body.source;
        let mut out = Vec::new();
        // What is done where the lock cannot be had is none of it: a macro is told, or an `if` asks.
        let start = self.asked(one).unwrap_or_else(|| source.after_group(one.from + 1));
        for i in start..one.to {
            let word = source.word(i);
            if word.is_empty() || self.in_lambda(one.from, i) {
                continue;
            }
            let inside = |t: usize| one.from < t && t < one.to;
            if word == "return" || word.starts_with("Py_RETURN_") {
                let end = body.expression_end(i + 1, one.to + 1);
                // `return unlock(x), y` closes it by itself.
                let closes =
                    (i..end).any(|t| body.names.known(source.word(t)).effect.is_some_and(Effect::unlocks));
                if !closes {
                    out.push((i, "return"));
                }
            } else if word == "goto" {
                let label = source.word(i + 1);
                let (from, to) = body.function.body;
                let at = (from..to).find(|&t| {
                    source.word(t) == label
                        && source.is(t + 1, op(b":"))
                        && !matches!(source.word(t.wrapping_sub(1)), "goto" | "case")
                });
                // Where a lock is given back at the label, that is the common way to clean up.
                if at.is_some_and(|at| !inside(at)) && one.hold == Hold::Section {
                    out.push((i, "goto"));
                }
            }
        }
        out
    }

    /// The end of the branch taken on the answer of a call that opens a stretch, where an `if` asks whether it could.
    fn asked(&self, one: &Stretch) -> Option<usize> {
        let body = self.body();
        let source = body.source;
        let first = one.from.saturating_sub(ASKED).max(body.function.body.0);
        let open = (first..one.from).rev().find(|&t| {
            source.is(t, op(b"("))
                && source.word(t.wrapping_sub(1)) == "if"
                && source.mate(t).is_some_and(|close| close > one.from)
        })?;
        let then = source.after_group(open);
        let end = if source.is(then, op(b"{")) {
            source.after_group(then)
        } else {
            body.expression_end(then, one.to)
        };
        Some(end.max(one.from))
    }

    /// Whether token `i` stands in a lambda that begins after `from`: what leaves it leaves no stretch.
    fn in_lambda(&self, from: usize, i: usize) -> bool {
        if !self.scan.file.cpp {
            return false;
        }
        let source = self.body().source;
        let mut around = self.body().block_at(i);
        while let Some(block) = around.filter(|block| block.open > from) {
            let before = block.open.wrapping_sub(1);
            let head = source.mate(before).filter(|_| source.is(before, op(b")")));
            if source.is(head.unwrap_or(block.open).wrapping_sub(1), op(b"]")) {
                return true;
            }
            around = block.parent.and_then(|at| self.body().blocks.get(at));
        }
        false
    }

    /// A section opened inside another, or a lock that is taken while it is held.
    fn nested(&mut self) {
        let stretches = &self.read.stretches.list;
        for inner in stretches {
            if !self.certain(inner) {
                continue;
            }
            let source = self.body().source;
            if source.is(inner.from, op(b"}")) {
                continue;
            }
            let outer = stretches.iter().find(|outer| {
                outer.hold == inner.hold
                    && outer.from < inner.from
                    && inner.from < outer.to
                    && self.certain(outer)
            });
            let Some(outer) = outer else { continue };
            let object = inner.objects.first().cloned().unwrap_or_default();
            let fill = [("object", object.as_str())];
            let same = inner.objects == outer.objects && !object.is_empty();
            let (word, outer_word) = (source.word(inner.from), source.word(outer.from));
            match inner.hold {
                Hold::Section if !same && !self.read.stretches.detached(inner.from) => {
                    self.report(("critical-section", "nested"), inner.from, inner.from + 1, &fill);
                }
                // Only what waits for ever if taken twice: one argument, the same call, no recursive kind.
                Hold::Lock
                    if same
                        && word == outer_word
                        && source.arguments(inner.from + 1).len() == 1
                        && self.body().names.known(word).traits.has(Trait::MutexLock)
                        && !word.to_ascii_lowercase().contains("try")
                        && !word.contains("Critical") =>
                {
                    self.report(("critical-section", "twice"), inner.from, inner.from + 1, &fill);
                }
                _ => {}
            }
        }
    }

    /// Memory taken from one domain and given to another, and data taken from the objects' domain.
    fn domains(&mut self) {
        let body = self.body();
        let source = body.source;
        let mut mixed: Vec<(usize, String, &str)> = Vec::new();
        let mut data: Vec<(usize, String)> = Vec::new();
        let makes_object = body.calls.iter().any(|call| {
            let traits = body.names.known(source.word(call.name)).traits;
            traits.has(Trait::FreshObject) && !traits.has(Trait::AllocObj)
        });
        for call in &body.calls {
            let word = source.word(call.name);
            let traits = body.names.known(word).traits;
            if let Some(freed) = domain(traits, false)
                && let Some(&(from, to)) = source.arguments(call.open).first()
                && let Some(name) = body.only_name(from, to)
                && let Some(local) = body.locals.get(name)
                && !local.values.is_empty()
            {
                let other = local.values.iter().all(|(_, value)| match value {
                    Value::Expression(from, to) => {
                        let (from, _) = body.strip(*from, *to);
                        let made = domain(body.names.known(source.word(from)).traits, true);
                        made.is_some_and(|made| made != freed)
                    }
                    Value::Out => false,
                });
                if other {
                    mixed.push((call.name, name.to_owned(), word));
                }
            } else if traits.has(Trait::AllocObj) && !makes_object && !self.is_object(call.name, call.end) {
                data.push((call.name, word.to_owned()));
            }
        }
        let mixed: Vec<_> = mixed.into_iter().map(|(at, name, word)| (at, name, word.to_owned())).collect();
        for (at, name, word) in mixed {
            let fill = [("variable", name.as_str()), ("callee", word.as_str())];
            self.report(("allocator-mix", "variable"), at, at + 1, &fill);
        }
        for (at, word) in data {
            let fill = [("variable", ""), ("callee", word.as_str())];
            self.report(("allocator-mix", "non-object"), at, at + 1, &fill);
        }
    }

    /// Whether an allocation is for an object: what it is cast or assigned to begins like one.
    fn is_object(&self, name: usize, end: usize) -> bool {
        let body = self.body();
        let source = body.source;
        let start = body.statement_start(name);
        let object = |word: &str| {
            word.starts_with("PyObject") && !word.contains('_')
                || word.ends_with("Object")
                    && self
                        .scan
                        .file
                        .items
                        .types
                        .iter()
                        .all(|one| one.instance || !one.names.iter().any(|n| n == word))
                || self
                    .scan
                    .file
                    .items
                    .types
                    .iter()
                    .any(|one| one.instance && one.names.iter().any(|n| n == word))
        };
        let named = (start..end).any(|t| {
            let word = source.word(t);
            object(word)
                || body
                    .locals
                    .get(word)
                    .is_some_and(|local| object(&local.declared.base) && local.declared.pointers == 1)
        });
        // A slot that allocates objects for others.
        named
            || body.function.name.ends_with("alloc")
                && body.function.params.iter().any(|p| p.base == "PyTypeObject")
    }
}

/// Whether a function calls what needs a thread state, and nowhere attaches or asks for one.
fn needs_thread_state(read: &Read<'_>) -> bool {
    let body = &read.body;
    let of = |name: usize| body.names.at(name).traits;
    let asks = |one: &Trait| body.calls.iter().any(|call| of(call.name).has(*one));
    body.calls.iter().any(|call| of(call.name).has(Trait::NeedsThreadState))
        && ![Trait::GilEnsure, Trait::Attaches, Trait::GilQuery].iter().any(asks)
        && !read.stretches.list.iter().any(|one| matches!(one.hold, Hold::Attached | Hold::Ensured))
}

/// Which domain a call allocates in, or frees in.
fn domain(traits: Traits, allocates: bool) -> Option<u8> {
    let all = if allocates {
        [Trait::AllocRaw, Trait::AllocMem, Trait::AllocObj]
    } else {
        [Trait::FreeRaw, Trait::FreeMem, Trait::FreeObj]
    };
    all.iter().zip(0_u8..).find(|(one, _)| traits.has(**one)).map(|(_, at)| at)
}
