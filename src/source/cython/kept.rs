//! Which variable a name stands for, and what is kept of a use of it.

use super::facts::{Act, Argument, Span, Target, Use};
use super::read::{Inside, Opened, Walk};
use super::uses::Met;

impl Walk<'_> {
    /// The variable that a name begins, if it is one that is kept.
    pub(super) fn met(&self, at: usize) -> Option<Met> {
        let text = self.text;
        let name = text.name(at);
        if name.is_empty() {
            return None;
        }
        let inside = self.inside.last();
        if self.python
            && let Some(met) = self.of_class(at)
        {
            return Some(met);
        }
        let object =
            |inside: &'_ Inside| inside.objects.get(name).or_else(|| inside.handed.get(name)).cloned();
        if let Some(class) = inside.and_then(object) {
            if !text.is(at + 1, ".") || !text.is_name(at + 2) {
                return None;
            }
            let field = text.name(at + 2).to_owned();
            let path = format!("{name}.{field}");
            let target = Target::Field { class, object: name.to_owned(), field };
            return Some(Met { target, path, after: at + 3 });
        }
        let hidden = inside.is_some_and(|one| one.locals.contains(name) && !one.globals.contains(name));
        if hidden || !(self.known.contains(name) || self.of_including(at)) {
            return None;
        }
        Some(Met { target: Target::Global(name.to_owned()), path: name.to_owned(), after: at + 1 })
    }

    /// An attribute of a Python class, as its class or an object of it has it: `Name.x`, `type(self).x`,
    /// `self.__class__.x`. What an object has is the class's where its body makes it.
    fn of_class(&self, at: usize) -> Option<Met> {
        let text = self.text;
        let name = text.name(at);
        let objects = self.inside.last().map(|inside| &inside.objects);
        let of = |at: usize| objects.and_then(|objects| objects.get(text.name(at)));
        let (class, dot) = if name == "type" && text.is(at + 1, "(") && text.is(at + 3, ")") {
            (of(at + 2)?.as_str(), at + 4)
        } else if text.is(at + 1, ".") && text.is(at + 2, "__class__") {
            (of(at)?.as_str(), at + 3)
        } else if self.attributes.contains_key(name) {
            (name, at + 1)
        } else {
            return None;
        };
        let field = text.name(dot + 1);
        if !text.is(dot, ".") || !self.attributes.get(class)?.contains(field) {
            return None;
        }
        let target =
            Target::Field { class: class.to_owned(), object: class.to_owned(), field: field.to_owned() };
        Some(Met { target, path: format!("{class}.{field}"), after: dot + 2 })
    }

    /// Whether this is `__init__`, under a test that what it is about to set is set already.
    fn runs_again(&self, path: &str) -> bool {
        let function = self.inside.last().and_then(|inside| self.facts.functions.get(inside.at));
        let there = |kind: &Opened| match kind {
            Opened::Branch { shown, .. } => shown.present.iter().any(|one| one == path),
            _ => false,
        };
        function.is_some_and(|function| function.name == "__init__") && self.around().any(there)
    }

    pub(super) fn keep(&mut self, met: Met, act: Act, whole: (usize, usize)) {
        self.keep_as(met, act, whole, None);
    }

    pub(super) fn keep_as(&mut self, met: Met, act: Act, whole: (usize, usize), argument: Option<Argument>) {
        let function = self.inside.last().map(|inside| inside.at);
        let locked = self.locked_for(act);
        // Of what another file may declare, only what matters is kept.
        let foreign = matches!(&met.target, Target::Global(name) if !self.known.contains(name));
        if foreign && matches!(act, Act::Read | Act::Through | Act::Walk | Act::Call) {
            return;
        }
        let given = match &met.target {
            Target::Field { object, .. } => self.inside.last().and_then(|inside| inside.given(object)),
            _ => None,
        };
        if act == Act::Through && !self.seen.insert((met.target.clone(), function, (locked, act))) {
            return;
        }
        if act == Act::Read {
            let key = (met.target, function, (locked, act));
            if self.seen.insert(key.clone()) {
                let (target, ..) = key;
                let one = Use {
                    target,
                    act,
                    function,
                    locked,
                    detached: false,
                    tested: false,
                    test: None,
                    under: Vec::new(),
                    stores: None,
                    says: None,
                    again: false,
                    argument: None,
                    result: None,
                    given,
                    span: Span::default(),
                };
                self.facts.uses.push(one);
            }
            return;
        }
        let early = |inside: &Inside| inside.missing.iter().any(|(path, _)| *path == met.path);
        let missed = self.inside.last().is_some_and(early)
            || self.around().any(
                |kind| matches!(kind, Opened::Branch { shown, .. } if shown.missing.contains(&met.path)),
            );
        // What is assigned nothing is given up, not made.
        let given_up = act == Act::Assign
            && self.text.is(met.after, "=")
            && ["None", "NULL", "False"].iter().any(|nothing| self.text.is(met.after + 1, nothing))
            && met.after + 2 >= whole.1;
        let tested = missed && !given_up;
        let object = match &met.target {
            Target::Field { object, .. } if act == Act::Assign && !given_up => object.as_str(),
            _ => "",
        };
        let under = self.missing_of(object);
        let test = match act {
            Act::Take => self.shown_to_hold(&met.path).and_then(|head| self.header(head)),
            Act::Numbered => self.counted_at(&met.path),
            _ => self.test_of(&met.path, object).filter(|_| missed || !under.is_empty()),
        };
        let says = self.truth(met.after + 1, whole.1).filter(|_| act == Act::Assign);
        let stores = match (act, &met.target) {
            (Act::Item, _) if tested => self.stores(met.after, whole.1),
            (Act::Assign, Target::Global(_)) => self.makes(met.after + 1, whole.1),
            _ => None,
        };
        let again = act == Act::Free && self.runs_again(&met.path);
        let span = self.span(whole.0, whole.1);
        self.facts.uses.push(Use {
            target: met.target,
            act,
            function,
            locked,
            detached: self.detached(),
            tested,
            test,
            under,
            stores,
            says,
            again,
            argument,
            result: None,
            given,
            span,
        });
    }
}
