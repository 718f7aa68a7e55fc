//! Functions and macros of a file that hand on what they borrowed from a container.

use std::collections::{HashMap, HashSet};

use super::super::body::{Body, Call, Value};
use super::super::lex::op;
use super::super::origin::Origin;
use super::{Read, Scan};
use crate::knowledge::Trait;

impl<'a> Scan<'a> {
    /// Functions that return what they borrowed from a container that they do not own.
    pub(super) fn find_lenders(&mut self) {
        self.lenders.extend(self.names.lending_macros().map(|(name, container)| (name, Some(container))));
        for _ in 0..3 {
            let before = self.lenders.len();
            for read in &self.functions {
                let function = read.body.function;
                if function.returns.1 == 0 || self.lenders.contains_key(function.name.as_str()) {
                    continue;
                }
                if let Some(from) = self.lends(read) {
                    self.lenders.insert(function.name.as_str(), from);
                }
            }
            if self.lenders.len() == before {
                break;
            }
        }
    }

    fn lends(&self, read: &Read<'a>) -> Option<Option<u32>> {
        let body = &read.body;
        let source = &body.source;
        let (from, to) = body.function.body;
        let mut asked: HashMap<&str, Option<Option<u32>>> = HashMap::new();
        let mut owned: Option<HashSet<&str>> = None;
        let mut i = from;
        while i < to {
            if source.word(i) == "return" {
                let end = body.expression_end(i + 1, to);
                if let Some(container) = self.borrowed(body, i + 1, end) {
                    return Some(container);
                }
                if let Some(name) = body.only_name(i + 1, end)
                    && let Some(local) = body.locals.get(name)
                    && local.param.is_none()
                    && !local.declared.is_static
                {
                    // A function may return one local in many places.
                    let asked = asked.entry(name).or_insert_with(|| {
                        let lent = local.values.iter().find_map(|(_, value)| match value {
                            Value::Expression(a, b) => self.borrowed(body, *a, *b),
                            Value::Out => None,
                        });
                        lent.filter(|_| !owned.get_or_insert_with(|| self.owned(body)).contains(name))
                    });
                    if let Some(container) = *asked {
                        return Some(container);
                    }
                }
            }
            i += 1;
        }
        None
    }

    /// The names that a function takes a reference to.
    fn owned(&self, body: &Body<'a>) -> HashSet<&'a str> {
        let source = &body.source;
        let takers =
            body.calls.iter().filter(|call| self.names.at(call.name).traits.has(Trait::TakesReference));
        let name = |call: &Call| {
            let (from, to) = source.arguments(call.open).first().copied()?;
            body.only_name(from, to)
        };
        takers.filter_map(name).collect()
    }

    /// Whether an expression is a call that borrows from a container: of which parameter, if of one.
    fn borrowed(&self, body: &Body<'a>, from: usize, to: usize) -> Option<Option<u32>> {
        let (from, to) = body.strip(from, to);
        let source = &body.source;
        if !source.is_ident(from) || !source.is(from + 1, op(b"(")) || source.after_group(from + 1) < to {
            return None;
        }
        let word = source.word(from);
        let arguments = source.arguments(from + 1);
        let container = if self.names.known(word).traits.has(Trait::BorrowsFromContainer) {
            arguments.first().copied()
        } else {
            let which = (*self.lenders.get(word)?)?;
            arguments.get(which as usize).copied()
        };
        let Some((a, b)) = container else { return Some(None) };
        let origin = body.origin(a, b, from);
        if origin.is_own() {
            return None;
        }
        Some((0..Origin::PARAMS).find(|&n| origin == Origin::param(n)))
    }
}
