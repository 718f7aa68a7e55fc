//! What stands left of `=`, and what `del` names: which variable is changed, and how.

use super::facts::{Act, Target};
use super::lex::Kind;
use super::read::Walk;
use super::uses::Met;

/// What is said to free an attribute that is deleted: of a pointer, what it leads to.
pub(super) const DELETES: &str = "del";

impl Walk<'_> {
    /// Assignment targets, up to the operator at `op`.
    pub(super) fn assigned(&mut self, from: usize, op: usize, whole: (usize, usize)) {
        let text = self.text;
        let (mut start, mut end) = (from, op);
        if (text.is(start, "(") || text.is(start, "[")) && text.after(start) == end {
            start += 1;
            end -= 1;
        }
        for (first, last) in text.split(start, end) {
            self.target(first, last, Some(op), whole);
        }
    }

    /// One target: what is left of `=`, or what `del` names.
    pub(super) fn target(&mut self, from: usize, to: usize, op: Option<usize>, whole: (usize, usize)) {
        let text = self.text;
        let augmented = op.filter(|op| !text.is(*op, "="));
        let Some(met) = self.met(from + usize::from(text.is(from, "*"))) else {
            self.written_through(from);
            if augmented.is_some() {
                self.counts_handed(from, to, whole);
            }
            return self.expressions(from, to);
        };
        if let Some(op) = augmented {
            self.counts(&met, op, to, whole);
        }
        let act = if met.after >= to {
            match augmented {
                Some(op) if text.tokens.get(op + 1).is_some_and(|token| token.kind == Kind::Number) => {
                    Act::Step
                }
                Some(_) => Act::Augment,
                None if op.is_some_and(|op| self.is_inside_own(op + 1, whole.1)) => Act::Aim,
                None if !self.python && op.is_some_and(|op| self.adds_to(&met, op + 1, whole.1)) => {
                    let step = whole.1.checked_sub(1).and_then(|last| text.tokens.get(last));
                    let number = step.is_some_and(|token| token.kind == Kind::Number);
                    if number { Act::Step } else { Act::Augment }
                }
                None => Act::Assign,
            }
        } else if text.is(met.after, "[") && !self.python {
            self.item(&met, op, augmented.is_some(), whole)
        } else if text.is(met.after, "[") && augmented.is_none() {
            Act::Item
        } else if augmented.is_some() {
            Act::PartAugment
        } else {
            Act::Part
        };
        if let (Target::Global(name), true) = (&met.target, met.after >= to)
            && let Some(inside) = self.inside.last_mut()
            && !inside.globals.contains(name)
        {
            // Without `global`, an assigned name is the function's own.
            inside.locals.insert(name.clone());
            return;
        }
        if met.after < to {
            // `x[i] = …`: what selects the item is read.
            self.expressions(met.after, to);
        }
        if act == Act::Assign {
            self.replaced(&met.path);
        }
        let argument = op.is_none().then(|| (DELETES.to_owned(), 0));
        self.keep_as(met, act, whole, argument.filter(|_| act == Act::Assign));
    }

    /// Whether a value is the variable's own, and more: `x = x + 1`. In `__next__` it may have come by way of a local.
    fn adds_to(&self, met: &Met, from: usize, to: usize) -> bool {
        let text = self.text;
        let adds = |at: usize| ["+", "-", "*", "|", "&", "^", "<<", ">>"].iter().any(|op| text.is(at, op));
        if text.find(from, to, |at| text.is(at, "if")).is_some() {
            return false;
        }
        let steps = self.inside.last().is_some_and(|inside| {
            let function = self.facts.functions.get(inside.at);
            function.is_some_and(|one| one.name == "__next__") && inside.locals.contains(text.name(from))
        });
        let own = self.met(from).filter(|other| other.path == met.path);
        own.map_or(steps && adds(from + 1), |other| adds(other.after))
    }

    /// `self.owner.used += 1`: a counter of the object that an attribute holds.
    fn counts(&mut self, met: &Met, op: usize, to: usize, whole: (usize, usize)) {
        let text = self.text;
        let at = met.after;
        let Target::Field { class, field, .. } = &met.target else { return };
        if self.python || op != to || !text.is(at, ".") || !text.is_name(at + 1) || at + 2 != to {
            return;
        }
        let (class, via, field) = (class.clone(), Some(field.clone()), text.name(at + 1).to_owned());
        let path = format!("{}.{field}", met.path);
        let target = Target::Held { class, via, object: met.path.clone(), field };
        self.keep(Met { target, path, after: to }, Act::Step, whole);
    }

    /// What an object has that an attribute holds: `self.owner.handle`, and no more.
    pub(super) fn of_held(&self, met: &Met) -> Option<Target> {
        let (text, at) = (self.text, met.after);
        let Target::Field { class, field, .. } = &met.target else { return None };
        let whole = text.is(at, ".") && text.is_name(at + 1) && !text.is(at + 2, "(");
        let (class, via) = (class.clone(), Some(field.clone()));
        let field = text.name(at + 1).to_owned();
        whole.then(|| Target::Held { class, via, object: met.path.clone(), field })
    }

    /// `owner.used += 1`, where a private function is handed the object.
    fn counts_handed(&mut self, at: usize, to: usize, whole: (usize, usize)) {
        let text = self.text;
        let Some(inside) = self.inside.last().filter(|_| !self.python) else { return };
        let name = text.name(at);
        let handed = inside.parameters.iter().any(|one| one == name) && !inside.made.contains(name);
        let Some(class) = inside.types.get(name).filter(|_| handed).cloned() else { return };
        if !text.is(at + 1, ".") || !text.is_name(at + 2) || at + 3 != to {
            return;
        }
        let field = text.name(at + 2).to_owned();
        let path = format!("{name}.{field}");
        let target = Target::Held { class, via: None, object: name.to_owned(), field };
        self.keep(Met { target, path, after: to }, Act::Step, whole);
    }

    /// Whether a value is an address within another attribute: `&self.rows[i]`, perhaps cast.
    fn is_inside_own(&self, from: usize, to: usize) -> bool {
        let text = self.text;
        let start = if text.is(from, "<") {
            text.find(from, to, |at| text.is(at, ">")).map_or(from, |at| at + 1)
        } else {
            from
        };
        text.is(start, "&")
            && self.met(start + 1).is_some_and(|met| matches!(met.target, Target::Field { .. }))
    }
}
