//! Which of several functions of one name a call means.
//!
//! In: a call with the number of its arguments and, where it is written, the class of its object. Out: the functions
//! that fit. Types of arguments are not followed, so that overloads may be left of which only one is called; then no one
//! of them says what the call does.

use std::collections::HashSet;

use super::{Id, Linked, Project, Word};
use crate::rules::Language;
use crate::source::c::summary::CallSeen;

/// Most bases of a class that are looked at.
const BASES: usize = 16;

impl Project<'_> {
    /// Whether a function has a parameter for each argument: another one of that name is meant otherwise.
    pub(super) fn takes(&self, caller: usize, function: &Linked<'_>, call: &CallSeen) -> bool {
        // C calls no member functions.
        let c = self.files.get(caller).is_some_and(|(_, seen)| seen.language == Some(Language::C));
        if c && function.seen.class.is_some() {
            return false;
        }
        let params = &function.seen.params;
        // `...` is a parameter without a type.
        let open = params.iter().any(|(kind, _)| self.text(self.word(function.file, *kind)).is_empty());
        open || usize::from(call.count) <= params.len()
    }

    /// Of functions of one name those that a call means, as far as the number of its arguments and the class of its object
    /// tell; and whether they are still different ones, of which it means one.
    pub(super) fn meant(&self, caller: usize, call: &CallSeen, mut targets: Vec<Id>) -> (Vec<Id>, bool) {
        if targets.len() < 2 {
            return (targets, false);
        }
        let class = |id: &Id| {
            let function = self.function(*id)?;
            Some(self.kind(self.word(function.file, function.seen.class?)))
        };
        if call.class != 0 {
            let object = self.kind(self.word(caller, call.class));
            let related = |id: &Id| class(id).is_some_and(|class| self.related(class, object));
            if targets.iter().any(related) {
                targets.retain(related);
            }
        }
        let exact =
            |id: &Id| self.function(*id).is_some_and(|one| one.seen.params.len() == usize::from(call.count));
        if targets.iter().any(exact) {
            targets.retain(exact);
        }
        let signature = |id: &Id| {
            let function = self.function(*id)?;
            let params = function.seen.params.iter();
            let params = params.map(|(kind, stars)| (self.kind(self.word(function.file, *kind)), *stars));
            Some((class(id), params.collect::<Vec<_>>()))
        };
        // A member function of related classes is one that is overridden: any of them may run.
        let differ = |a: &Id, b: &Id| match (class(a), class(b)) {
            (Some(x), Some(y)) if x != y => !self.related(x, y),
            _ => signature(a) != signature(b),
        };
        let one_of = targets.windows(2).any(|pair| match pair {
            [a, b] => differ(a, b),
            _ => false,
        });
        (targets, one_of)
    }

    /// Whether two classes are one, derive from each other or from a common base.
    fn related(&self, a: Word, b: Word) -> bool {
        a == b || !self.ancestry(a).is_disjoint(&self.ancestry(b))
    }

    /// A class and its bases.
    fn ancestry(&self, class: Word) -> HashSet<Word> {
        let mut out = HashSet::new();
        let mut waiting = vec![class];
        while let Some(one) = waiting.pop() {
            if out.len() < BASES && out.insert(one) {
                let bases = self.bases.get(&one).into_iter().flatten();
                waiting.extend(bases.map(|base| self.kind(*base)));
            }
        }
        out
    }
}
