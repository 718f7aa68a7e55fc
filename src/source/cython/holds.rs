//! Whether a container was just seen to hold something, how many items it was seen to have, and loops over it.

use super::facts::Act;
use super::lex::Statement;
use super::read::{Opened, Walk};
use super::uses::{KEYWORDS, Met};

/// Most containers kept of one condition.
const MOST: usize = 8;

/// Most statements before and after a change of a container that are looked at, and most tokens of a call's arguments.
const STATEMENTS: usize = 60;
const ARGUMENTS: usize = 40;

impl Walk<'_> {
    /// What a condition asks of containers: paths of those that hold something where it holds, and of those that do where
    /// it does not.
    pub(super) fn holding(&self, from: usize, to: usize) -> (Vec<String>, Vec<String>) {
        let text = self.text;
        let (mut holds, mut lacks) = (Vec::new(), Vec::new());
        if !self.uses || self.python {
            return (holds, lacks);
        }
        let ends = |at: usize| at >= to || text.is(at, "and") || text.is(at, "or");
        for at in from..to {
            if holds.len() + lacks.len() >= MOST {
                break;
            }
            if at > 0 && text.is(at - 1, ".") {
                continue;
            }
            let Some(met) = self.met(at) else { continue };
            let before = |back: usize| if at >= from + back { text.name(at - back) } else { "" };
            let opens = at > from && text.is(at - 1, "(");
            // What is compared begins here, and what it is compared with stands there.
            let (first, after) = if opens && before(2) == "len" && text.is(met.after, ")") {
                (3, met.after + 1)
            } else if !opens {
                (1, met.after)
            } else {
                continue;
            };
            let counted = first == 3;
            let not = before(first) == "not";
            let starts = at < from + first || matches!(before(first), "and" | "or" | "not");
            let zero = (text.is(after + 1, "0") || text.is(after + 1, "1")) && ends(after + 2);
            let more = [">", ">=", "!="].iter().any(|op| text.is(after, op));
            let asked = if !counted && before(1) == "in" {
                ends(after).then(|| before(2) != "not")
            } else if !starts {
                None
            } else if ends(after) {
                Some(!not)
            } else if counted && zero && !not {
                if text.is(after, "==") {
                    text.is(after + 1, "0").then_some(false)
                } else {
                    more.then_some(true)
                }
            } else {
                None
            };
            match asked {
                Some(true) => holds.push(met.path),
                Some(false) => lacks.push(met.path),
                None => {}
            }
        }
        // Of what stands beside others, only the whole is known.
        if text.find(from, to, |at| text.is(at, "or")).is_some() {
            holds.clear();
        }
        if text.find(from, to, |at| text.is(at, "and")).is_some() {
            lacks.clear();
        }
        (holds, lacks)
    }

    /// The header that has shown a container to hold something, unless it stands under a `try` since.
    pub(super) fn shown_to_hold(&self, path: &str) -> Option<(usize, usize)> {
        let mut tried = false;
        for kind in self.around() {
            match kind {
                Opened::Try { .. } => tried = true,
                Opened::Branch { shown, head } if shown.holds.iter().any(|one| one == path) => {
                    return (!tried).then_some(*head);
                }
                _ => {}
            }
        }
        let early = &self.inside.last()?.holds;
        early.iter().find(|(one, _)| one == path).map(|(_, head)| *head).filter(|_| !tried)
    }

    /// Whether the method at `name` takes out what must be there: it is not told what to give if it is not.
    pub(super) fn takes(&self, name: usize) -> bool {
        let text = self.text;
        let close = text.after(name + 1).saturating_sub(1);
        !self.python
            && matches!(text.name(name), "pop" | "popleft" | "popitem" | "remove")
            && text.find(name + 2, close, |at| text.is(at, ",")).is_none()
    }

    /// Whether a `for` goes over what begins at `at` and ends before `after`.
    pub(super) fn is_walked(&self, at: usize, after: usize, to: usize) -> bool {
        let text = self.text;
        if self.python || at < 2 || !text.is(at - 1, "in") {
            return false;
        }
        let view = text.is(after, ".")
            && matches!(text.name(after + 1), "items" | "keys" | "values")
            && text.is(after + 2, "(");
        self.is_bound(at, if view { text.after(after + 2) } else { after }, to)
    }

    /// Whether a `for` goes over what a member gives of what begins at `at` and ends before `after`: `self.path.points()`.
    pub(super) fn is_walked_by_member(&self, at: usize, after: usize, to: usize) -> bool {
        let text = self.text;
        let called = text.is(after, ".") && text.is(after + 2, "(") && text.is(after + 3, ")");
        called && at >= 2 && text.is(at - 1, "in") && self.is_bound(at, after + 4, to)
    }

    /// Whether names that a `for` binds stand before the `in` at `at - 1`, and nothing else before `end`.
    fn is_bound(&self, at: usize, end: usize, to: usize) -> bool {
        let text = self.text;
        let whole = end >= to || ["if", "]", "}", ")"].iter().any(|one| text.is(end, one));
        // Back over the names that the loop binds.
        let mut back = at - 2;
        for _ in 0..MOST {
            if text.is(back, "for") {
                return whole;
            }
            let binds = text.is_name(back)
                && !matches!(text.name(back), "if" | "elif" | "while" | "and" | "or" | "not");
            if back == 0 || !(binds || text.is(back, ",") || text.is(back, "(") || text.is(back, ")")) {
                return false;
            }
            back -= 1;
        }
        false
    }

    /// Whether what is appended to a container gets the number of what was there: a local that says how many there were is
    /// given back, stored, or handed on together with something else.
    pub(super) fn is_numbered(&self, path: &str) -> bool {
        let text = self.text;
        let Some(inside) = self.inside.last().filter(|_| !self.python) else { return false };
        let counts = |name: &str| inside.sized.get(name).is_some_and(|(of, _)| of == path);
        let (from, to) = self.own_tokens();
        let ends = |at: usize| text.statements.binary_search_by_key(&(at as u32), |one| one.to).is_ok();
        (from..to).filter(|at| counts(text.name(*at)) && !text.is(at.wrapping_sub(1), ".")).any(|at| {
            let before = at.wrapping_sub(1);
            let last = ends(at + 1);
            // `items[key] = n`, `self.n = n`; a local of its own is but another name.
            let stored = text.is(before, "=")
                && (text.is(before.wrapping_sub(1), "]") || text.is(before.wrapping_sub(2), "."));
            last && (text.is(before, "return") || stored) || self.is_handed_with_others(at)
        })
    }

    /// Line and column where a function asked how many items a container had.
    pub(super) fn counted_at(&self, path: &str) -> Option<(u32, u32)> {
        let sized = &self.inside.last()?.sized;
        let first = sized.values().filter(|(of, _)| of == path).map(|(_, at)| *at).min()?;
        self.header((first, first + 1))
    }

    /// Whether a name is one of several arguments of a function that does more than to tell somebody.
    fn is_handed_with_others(&self, at: usize) -> bool {
        const TELLS: [&str; 14] = [
            "range",
            "min",
            "max",
            "print",
            "format",
            "debug",
            "info",
            "warn",
            "warning",
            "error",
            "log",
            "isinstance",
            "slice",
            "divmod",
        ];
        let text = self.text;
        let first = at.saturating_sub(ARGUMENTS);
        let Some(open) = (first..at).rev().find(|open| text.is(*open, "(") && text.after(*open) > at) else {
            return false;
        };
        let callee = text.name(open.wrapping_sub(1));
        let whole =
            (text.is(at - 1, "(") || text.is(at - 1, ",")) && (text.is(at + 1, ",") || text.is(at + 1, ")"));
        let several =
            text.find(open + 1, text.after(open).saturating_sub(1), |at| text.is(at, ",")).is_some();
        let made = callee.ends_with("Error") || callee.ends_with("Exception") || callee.ends_with("Warning");
        whole
            && several
            && !callee.is_empty()
            && !made
            && !TELLS.contains(&callee)
            && !KEYWORDS.contains(&callee)
    }

    /// The tokens of the statements around the one that is walked, as far as they are of the innermost function.
    fn own_tokens(&self) -> (usize, usize) {
        let text = self.text;
        let Some(function) = self.stack.iter().rev().find(|block| matches!(block.kind, Opened::Function))
        else {
            return (0, 0);
        };
        let within = |one: &&Statement| one.indent > function.indent;
        let (before, after) = text.statements.split_at(self.nth.min(text.statements.len()));
        let first = before.iter().rev().take(STATEMENTS).take_while(within).last();
        let last = after.iter().take(STATEMENTS).take_while(within).last();
        let from = first.or(after.first()).map_or(0, |one| one.from as usize);
        (from, last.map_or(from, |one| one.to as usize))
    }

    /// Notes that a local holds how many items a container has.
    pub(super) fn sized_by(&mut self, local: &str, (from, to): (usize, usize)) {
        let path = self.size_of(from, to);
        let Some(inside) = self.inside.last_mut() else { return };
        match path {
            Some(path) => inside.sized.insert(local.to_owned(), (path, from)),
            None => inside.sized.remove(local),
        };
    }

    /// The container of which an expression says how many items it has.
    fn size_of(&self, from: usize, to: usize) -> Option<String> {
        let text = self.text;
        if from + 1 == to {
            return self.inside.last()?.sized.get(text.name(from)).map(|(path, _)| path.clone());
        }
        let whole = text.is(from, "len") && text.is(from + 1, "(") && text.after(from + 1) == to;
        let met = self.met(from + 2).filter(|_| whole)?;
        (met.after + 1 == to).then_some(met.path)
    }

    /// What `x[key] = …`, `x[key] += …` and `del x[key]` do.
    pub(super) fn item(&self, met: &Met, op: Option<usize>, augmented: bool, whole: (usize, usize)) -> Act {
        let text = self.text;
        let Some(op) = op else {
            return if self.shown_to_hold(&met.path).is_some() { Act::Take } else { Act::Item };
        };
        if augmented {
            return Act::ItemAugment;
        }
        if self.size_of(op + 1, whole.1).is_some_and(|path| path == met.path) {
            return Act::Numbered;
        }
        // `x[key] = x[key] + 1`, `x[key] = x.get(key, 0) + 1`
        let Some(other) = self.met(op + 1).filter(|other| other.path == met.path) else { return Act::Item };
        let got = text.is(other.after, ".") && text.is(other.after + 1, "get");
        let open = other.after + if got { 2 } else { 0 };
        let key = |open: usize| {
            let end = text.after(open).saturating_sub(1);
            let end = text.find(open + 1, end, |at| text.is(at, ",")).unwrap_or(end);
            let byte = |at: usize| text.tokens.get(at).map_or(0, |token| token.start);
            text.slice(byte(open + 1), byte(end)).trim().to_owned()
        };
        let again = (text.is(open, "[") || text.is(open, "(")) && key(open) == key(met.after);
        let more = ["+", "-", "|", "&", "*"].iter().any(|op| text.is(text.after(open), op));
        if again && more { Act::ItemAugment } else { Act::Item }
    }
}
