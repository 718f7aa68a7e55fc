//! Whether a container was just seen to hold something, how many items it was seen to have, and loops over it.

use super::facts::Act;
use super::read::{Opened, Walk};
use super::uses::Met;

/// Most containers kept of one condition.
const MOST: usize = 8;

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
        let end = if view { text.after(after + 2) } else { after };
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

    /// Notes that a local holds how many items a container has.
    pub(super) fn sized_by(&mut self, local: &str, (from, to): (usize, usize)) {
        let path = self.size_of(from, to);
        let Some(inside) = self.inside.last_mut() else { return };
        match path {
            Some(path) => inside.sized.insert(local.to_owned(), path),
            None => inside.sized.remove(local),
        };
    }

    /// The container of which an expression says how many items it has.
    fn size_of(&self, from: usize, to: usize) -> Option<String> {
        let text = self.text;
        if from + 1 == to {
            return self.inside.last()?.sized.get(text.name(from)).cloned();
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
