//! Structs that Python objects of another language hold, and hand to functions of C: `list_add(self.list, x)`.
//!
//! In: which functions are handed such a struct, and where. Out: [`super::Linked::lent`], the types of these structs and of
//! what they lead to, and which parameters of further functions come from there. Who has the Python object has the struct;
//! but what else of its type there is in the library is nobody's until it is handed over so.

use foldhash::{HashMap, HashMapExt as _, HashSet};

use super::{Bits, Called, Id, Lender, Linked, Project, Shape, Word};
use crate::knowledge::{Knowledge, Trait};
use crate::source::c::names::is_called_lock;
use crate::source::c::origin::Origin;
use crate::source::c::summary::CSeen;
use crate::source::includes::base;

impl Project<'_> {
    pub(super) fn find_lent(&mut self, called: &Called) {
        if called.lent.is_empty() {
            return;
        }
        // What has member functions is judged by these.
        let class = |one: &Linked<'_>| one.seen.class.map(|class| self.kind(self.word(one.file, class)));
        let classes: HashSet<Word> = self.functions.iter().filter_map(class).collect();
        // A library that gives its structs locks takes them where it is called, by functions of its own.
        let locks: HashSet<Word> = self
            .fields()
            .filter(|(owner, field)| self.is_lock(*owner, *field))
            .map(|(owner, _)| owner)
            .collect();
        let plain = |kind: &Word| {
            let other = locks.contains(kind)
                || self.parts.contains(kind)
                || self.hung.contains(kind)
                || self.held.contains(kind);
            self.is_struct(*kind) && !other && !classes.contains(kind)
        };
        let mut found: Vec<(Id, Word, u32, &Lender)> = Vec::new();
        for ((name, position), lender) in &called.lent {
            let all = self.numbers.get(name.as_str()).and_then(|word| self.by_name.get(word));
            for id in all.into_iter().flatten() {
                let Some(one) = self.function(*id).filter(|one| self.is_callable(one, called)) else {
                    continue;
                };
                // The attribute itself, or its address.
                let Some((kind, 1 | 2)) = one.seen.params.get(*position) else { continue };
                let kind = self.kind(self.word(one.file, *kind));
                if plain(&kind) && *position < Origin::PARAMS as usize {
                    found.push((*id, kind, *position as u32, lender));
                }
            }
        }
        let mut leads: HashMap<Word, Vec<Word>> = HashMap::new();
        for ((owner, _), shape) in &self.shapes {
            let kind = self.kind(shape.base);
            if plain(&kind) {
                leads.entry(*owner).or_default().push(kind);
            }
        }
        for kind in found.iter().map(|(_, kind, ..)| *kind) {
            self.lent.insert(kind, true);
            for led in leads.remove(&kind).unwrap_or_default() {
                self.lent.entry(led).or_insert(false);
            }
        }
        for (id, _, position, lender) in found {
            if let Some(one) = self.functions.get_mut(id.0 as usize) {
                one.lent = one.lent.or(Origin::param(position));
            }
            self.lenders.entry(id).or_insert_with(|| lender.clone());
        }
    }

    /// Whether a field is a lock, or part of one, by its type or its name.
    pub fn is_lock(&self, owner: Word, field: Word) -> bool {
        let name = self.text(field).split('.').next().unwrap_or_default();
        let mutex = |shape: Shape| Knowledge::builtin().has(self.text(shape.base), Trait::MutexType);
        name.to_ascii_lowercase().contains("mutex")
            || is_called_lock(name)
            || self.shape(owner, field).is_some_and(mutex)
    }

    /// Whether another language can call a function by its name.
    fn is_callable(&self, one: &Linked<'_>, called: &Called) -> bool {
        let included = |(path, seen): &(&str, &CSeen)| seen.header || called.included.contains(base(path));
        one.seen.class.is_none() && (!one.seen.is_static || self.files.get(one.file).is_some_and(included))
    }

    /// Whether structs of that type are held by Python objects of another language, or are what those lead to: in one step,
    /// beyond which a library's own affairs begin.
    pub fn is_lent(&self, kind: Word) -> bool {
        self.lent.contains_key(&kind)
    }

    /// Whether structs of that type are themselves handed over by another language.
    pub fn is_handed_over(&self, kind: Word) -> bool {
        self.lent.get(&kind) == Some(&true)
    }

    /// Who hands a function what a Python object holds.
    pub fn lender(&self, id: Id) -> Option<&Lender> {
        self.lenders.get(&id)
    }

    /// For each function, the parameters that are handed over so, by way of others as well, where none of these regions is on
    /// the way. What may also come from elsewhere does not count: a library makes many of its structs for itself.
    pub fn lent_to(&self, unless: Bits) -> Vec<Origin> {
        let start = self.functions.iter().map(|one| one.lent).collect();
        if self.lent.is_empty() {
            return start;
        }
        self.spread(start, |link| !link.one_of && !link.call.bits.any(unless), |origin| !origin.is_shared())
    }
}
