//! What conditions say: which attributes and variables are missing or there, and what a method makes of it.

use super::facts::{Act, Target};
use super::read::{Opened, Walk};
use super::types;
use super::uses::Met;

/// Most attributes kept of those that are missing where another is assigned.
const UNDER: usize = 8;

impl Walk<'_> {
    /// `return` under `if x is not None`: behind the block, `x` is missing.
    pub(super) fn left_early(&mut self) {
        let Some(Opened::Branch { shown, head }) = self.around().next() else { return };
        let headed = |paths: &[String]| -> Vec<(String, (usize, usize))> {
            paths.iter().map(|path| (path.clone(), *head)).collect()
        };
        let (missing, holds) = (headed(&shown.present), headed(&shown.lacks));
        let Some(inside) = self.inside.last_mut() else { return };
        for (kept, new) in [(&mut inside.missing, missing), (&mut inside.holds, holds)] {
            if kept.len() < 16 {
                kept.extend(new);
            }
        }
    }

    /// `return self.x is not None`: who calls this asks for `x`.
    pub(super) fn asks(&mut self, from: usize, to: usize) {
        let asked = self.tests(from, to).1;
        let field = asked.first().filter(|_| asked.len() == 1).and_then(|path| path.split_once('.'));
        let field = field.map(|(_, field)| field.to_owned()).unwrap_or_default();
        let function = self.inside.last().and_then(|inside| self.facts.functions.get_mut(inside.at));
        if let Some(function) = function.filter(|function| function.asks.len() < 2) {
            function.asks.push(field);
        }
    }

    /// `raise` under `if self.closed`: the method goes on as long as the attribute does not say so.
    pub(super) fn guards(&mut self) {
        let head = match self.around().next() {
            Some(Opened::Branch { head, .. }) => *head,
            _ => return,
        };
        self.goes_by(head);
    }

    /// What a header asks of attributes, by which the method goes on or not.
    pub(super) fn goes_by(&mut self, head: (usize, usize)) {
        if !self.uses || self.python {
            return;
        }
        let met: Vec<Met> = (head.0..head.1)
            .filter(|at| *at == 0 || !self.text.is(at - 1, "."))
            .filter_map(|at| self.met(at).filter(|met| !self.text.is(met.after, ".")))
            .collect();
        for one in met {
            if matches!(one.target, Target::Field { .. }) {
                self.keep(one, Act::Guard, head);
            }
        }
    }

    /// Attributes of an object that conditions around here, or early returns, have shown to be missing.
    pub(super) fn missing_of(&self, object: &str) -> Vec<String> {
        if object.is_empty() {
            return Vec::new();
        }
        let own = |(path, _): (&str, _)| path.strip_prefix(object)?.strip_prefix('.').map(str::to_owned);
        self.missing().filter_map(own).take(UNDER).collect()
    }

    /// Paths that conditions around here, or early returns, have shown to be missing, with the headers that asked.
    fn missing(&self) -> impl Iterator<Item = (&str, (usize, usize))> {
        let around = self.around().filter_map(|kind| match kind {
            Opened::Branch { shown, head } => Some((&shown.missing, *head)),
            _ => None,
        });
        let around = around.flat_map(|(missing, head)| missing.iter().map(move |path| (path.as_str(), head)));
        let early = self.inside.last().into_iter().flat_map(|inside| &inside.missing);
        around.chain(early.map(|(path, head)| (path.as_str(), *head)))
    }

    /// Line and column of the header that showed a path to be missing, or else something of its object.
    pub(super) fn test_of(&self, path: &str, object: &str) -> Option<(u32, u32)> {
        let beside = |(one, _): &(&str, _)| {
            !object.is_empty() && one.strip_prefix(object).is_some_and(|rest| rest.starts_with('.'))
        };
        let own = self.missing().find(|(one, _)| *one == path);
        let (_, head) = own.or_else(|| self.missing().find(beside))?;
        self.header(head)
    }

    /// Where a header begins; none of what asks by other means than a header.
    pub(super) fn header(&self, (from, to): (usize, usize)) -> Option<(u32, u32)> {
        let span = (from < to).then(|| self.span(from, from + 1))?;
        Some((span.line, span.column))
    }

    /// Nothing, if `from..to` makes a container or an object.
    pub(super) fn makes(&self, from: usize, to: usize) -> Option<String> {
        let open = self.text.find(from, to, |at| self.text.is(at, "("));
        // Locks are told for what they are.
        let whole = open.filter(|open| {
            let callee = self.text.name(open.saturating_sub(1));
            self.text.after(*open) == to && !types::is_thread_thing(callee)
        });
        let made = || whole.is_some() && self.is_made(from, to);
        (self.is_fresh(from, to) || made()).then(String::new)
    }

    /// What `x[key] = …` puts there that is made for it: the class of an object, or nothing for a container. `at` is the
    /// bracket.
    pub(super) fn stores(&self, at: usize, to: usize) -> Option<String> {
        let text = self.text;
        let equal = text.after(at);
        if self.python || !text.is(at, "[") || !text.is(equal, "=") {
            return None;
        }
        let (from, inside) = (equal + 1, self.inside.last()?);
        if self.is_fresh(from, to) {
            return Some(String::new());
        }
        if from + 1 == to {
            let name = text.name(from);
            let made = || inside.types.get(name).filter(|_| inside.made.contains(name)).cloned();
            return inside.fresh.contains(name).then(String::new).or_else(made);
        }
        let open = text.find(from, to, |at| text.is(at, "("))?;
        let whole = text.after(open) == to && self.is_made(from, to);
        let callee = if text.is(open - 1, "__new__") { open.saturating_sub(3) } else { open - 1 };
        whole.then(|| text.name(callee).to_owned())
    }

    /// `True`, `1`, or `False`, `0` and what means nothing, as the whole of an expression.
    pub(super) fn truth(&self, from: usize, to: usize) -> Option<bool> {
        if from + 1 != to {
            return None;
        }
        let is = |word: &str| self.text.is(from, word);
        let no = ["False", "0", "None", "NULL"].iter().any(|word| is(word));
        if is("True") || is("1") { Some(true) } else { no.then_some(false) }
    }

    /// What a condition asks: paths that are missing if it holds, and paths that are there.
    pub(super) fn tests(&self, from: usize, to: usize) -> (Vec<String>, Vec<String>) {
        let text = self.text;
        let (mut missing, mut present) = (Vec::new(), Vec::new());
        // What stands under `or` need not hold.
        let either = text.find(from, to, |at| text.is(at, "or")).is_some();
        if either || !self.uses {
            return (missing, present);
        }
        for at in from..to {
            if at > 0 && text.is(at - 1, ".") {
                continue;
            }
            let got = self.inside.last().and_then(|inside| inside.got.get(text.name(at)));
            let met = match got {
                // What `table.get(key)` gave: nothing there is nothing in the table.
                Some(path) => {
                    let target = Target::Global(path.clone());
                    Some(Met { target, path: path.clone(), after: at + 1 })
                }
                None => self.met(at),
            };
            let Some(met) = met else { continue };
            let before = if at > from { text.name(at - 1) } else { "" };
            let after = met.after;
            let nothing = |at: usize| text.is(at, "None") || text.is(at, "NULL");
            if before == "in" {
                if at >= 2 && text.is(at - 2, "not") {
                    missing.push(met.path);
                }
            } else if text.is(after, "is") || text.is(after, "==") || text.is(after, "!=") {
                let not = text.is(after, "!=") || text.is(after + 1, "not");
                if nothing(after + 1) || text.is(after + 1, "not") && nothing(after + 2) {
                    if not { present.push(met.path) } else { missing.push(met.path) }
                } else if !not && (text.is(after + 1, "0") || text.is(after + 1, "False")) {
                    missing.push(met.path);
                }
            } else if after >= to || text.is(after, "and") || text.is(after, ")") {
                if before == "not" { missing.push(met.path) } else { present.push(met.path) }
            }
            if missing.len() + present.len() > 16 {
                break;
            }
        }
        (missing, present)
    }
}
