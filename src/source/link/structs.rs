//! Which structs and classes hang on Python objects: held by value, led to by pointers, or spoken of by code that knows
//! Python. What hangs on an object is as shared as the object.

use foldhash::{HashMap, HashMapExt as _, HashSet};

use super::{Called, Id, Project, Word};
use crate::knowledge::Tables;
use crate::source::c::summary::{TypeSeen, digest};

impl Project<'_> {
    /// The structs that capsules hold: a thread that has the capsule has the struct, as if it were the object itself.
    pub(super) fn find_boxed(&mut self) {
        let known: HashSet<Word> = self.shapes.keys().map(|(kind, _)| *kind).collect();
        // What a function keeps in a variable once it has it is state of the process.
        let kept = self.functions.iter().filter(|one| one.seen.state);
        let kept: HashSet<Word> = kept.map(|one| self.kind(self.word(one.file, one.seen.returns))).collect();
        for (at, (_, seen)) in self.files.iter().enumerate() {
            for name in &seen.capsules {
                let kind = self.kind(self.word(at, *name));
                if known.contains(&kind) && !kept.contains(&kind) && self.instances.insert(kind) {
                    self.boxed.insert(kind);
                }
            }
        }
    }

    /// Whether a type's values are no Python objects, but stand in capsules.
    pub fn is_boxed(&self, kind: Word) -> bool {
        self.boxed.contains(&kind)
    }

    /// Finds the structs that Python objects hold by value: they are as shared as the object around them.
    pub(super) fn find_parts(&mut self) {
        let mut embedded: HashMap<Word, Vec<Word>> = HashMap::new();
        self.structs = self.shapes.keys().map(|(owner, _)| *owner).collect();
        let names = |(at, kind): (usize, &TypeSeen)| {
            kind.pointer_names.iter().map(|name| self.word(at, *name)).collect::<Vec<_>>()
        };
        let types = self
            .files
            .iter()
            .enumerate()
            .flat_map(|(at, (_, seen))| seen.types.iter().map(move |one| (at, one)));
        self.pointers = types.flat_map(names).collect();
        for ((owner, _), shape) in &self.shapes {
            let kind = self.kind(shape.base);
            // An array of them is as good as one.
            let by_value = shape.pointers & 0x7f == 0 && !self.pointers.contains(&shape.base);
            if by_value && self.structs.contains(&kind) && !self.instances.contains(&kind) {
                embedded.entry(*owner).or_default().push(kind);
            }
        }
        let mut waiting: Vec<Word> = self.instances.iter().copied().collect();
        while let Some(kind) = waiting.pop() {
            for part in embedded.remove(&kind).unwrap_or_default() {
                if self.parts.insert(part) {
                    waiting.push(part);
                }
            }
        }
    }

    /// Finds the structs that pointers in Python objects lead to, through any number of others: trees and lists that
    /// several objects may point into.
    pub(super) fn find_hung(&mut self) {
        let mut pointed: HashMap<Word, Vec<Word>> = HashMap::new();
        for ((owner, _), shape) in &self.shapes {
            let kind = self.kind(shape.base);
            if self.is_struct(kind) && !self.parts.contains(&kind) {
                pointed.entry(*owner).or_default().push(kind);
            }
        }
        let mut waiting: Vec<Word> = self.instances.iter().chain(&self.parts).copied().collect();
        while let Some(kind) = waiting.pop() {
            for one in pointed.remove(&kind).unwrap_or_default() {
                if self.hung.insert(one) {
                    waiting.push(one);
                }
            }
        }
    }

    /// Finds the classes that code which knows Python speaks of, with their bases. The GIL never kept threads apart
    /// in a library that Python does not reach: it has locks of its own or needs none. (Measured on grpcio 1.85.3,
    /// whose core is such a library: 6,434 findings at medium confidence or above became 370.)
    pub(super) fn find_held(&mut self, bases: &HashMap<Word, Vec<Word>>, called: &Called) {
        let mentioned: HashSet<u64> =
            self.files.iter().flat_map(|(_, seen)| seen.mentions.iter().copied()).collect();
        if mentioned.is_empty() && called.held.is_empty() {
            return;
        }
        let spoken = self.texts.iter().enumerate().filter(|(_, text)| mentioned.contains(&digest(text)));
        let spoken = spoken.map(|(word, _)| self.kind(word as Word)).collect();
        self.held = if mentioned.is_empty() { spoken } else { self.with_kept(spoken, bases) };
        let named = called.held.iter().filter_map(|text| self.numbers.get(text.as_str()));
        let named: HashSet<Word> = named.map(|word| self.kind(*word)).collect();
        if !named.is_empty() {
            let all = self.with_kept(self.held.union(&named).copied().collect(), bases);
            self.below = all.difference(&self.held).copied().collect();
            self.held = all;
        }
        self.find_lazy(bases);
    }

    /// Classes with what objects of them, and of instances, keep, and with the bases of all these.
    fn with_kept(&self, mut held: HashSet<Word>, bases: &HashMap<Word, Vec<Word>>) -> HashSet<Word> {
        // What a held object keeps is held with it.
        let mut kept: HashMap<Word, Vec<Word>> = HashMap::new();
        for (at, (_, seen)) in self.files.iter().enumerate() {
            for kind in &seen.types {
                let Some(first) = kind.names.iter().chain(&kind.pointer_names).next() else { continue };
                let owner = self.kind(self.word(at, *first));
                let fields = kind.fields.iter().map(|(_, base, _)| self.kind(self.word(at, *base)));
                kept.entry(owner).or_default().extend(fields);
            }
        }
        let mut waiting: Vec<Word> = held.iter().copied().chain(self.instances.iter().copied()).collect();
        while let Some(kind) = waiting.pop() {
            for field in kept.remove(&kind).unwrap_or_default() {
                if held.insert(field) {
                    waiting.push(field);
                }
            }
        }
        // An object of a class is one of its bases as well; what else is derived of these is another object.
        for _ in 0..6 {
            for (_, list) in bases.iter().filter(|(kind, _)| held.contains(kind)).collect::<Vec<_>>() {
                held.extend(list.iter().map(|base| self.kind(*base)));
            }
        }
        let texts = &self.texts;
        let is_caster =
            |class: &Word| texts.get(*class as usize).is_some_and(|text| Tables::builtin().is_caster(text));
        held.retain(|class| !is_caster(class));
        held
    }

    /// Finds the `mutable` fields of classes that shared pointers of held objects lead to, or that are derived of those.
    /// Such objects are shared as values that do not change; what is filled in behind that is what threads race for.
    /// (All fields of these classes were too many: what builds a value has it alone.)
    fn find_lazy(&mut self, bases: &HashMap<Word, Vec<Word>>) {
        let mut leads: HashMap<Word, Vec<Word>> = HashMap::new();
        let mut mutable: HashMap<Word, Vec<Word>> = HashMap::new();
        for (at, (_, seen)) in self.files.iter().enumerate() {
            for kind in seen.types.iter().filter(|kind| !kind.leads.is_empty() || !kind.mutable.is_empty()) {
                let Some(first) = kind.names.iter().chain(&kind.pointer_names).next() else { continue };
                let owner = self.kind(self.word(at, *first));
                leads
                    .entry(owner)
                    .or_default()
                    .extend(kind.leads.iter().map(|one| self.kind(self.word(at, *one))));
                mutable.entry(owner).or_default().extend(kind.mutable.iter().map(|one| self.word(at, *one)));
            }
        }
        if mutable.is_empty() {
            return;
        }
        let mut derived: HashMap<Word, Vec<Word>> = HashMap::new();
        for (class, list) in bases {
            for base in list.iter().map(|base| self.kind(*base)) {
                derived.entry(base).or_default().push(*class);
            }
        }
        let held = self.held.iter().chain(&self.instances);
        let mut waiting: Vec<Word> = held.filter_map(|kind| leads.remove(kind)).flatten().collect();
        while let Some(kind) = waiting.pop() {
            let fields = mutable.remove(&kind).unwrap_or_default();
            self.lazy.extend(fields.into_iter().map(|field| (kind, field)));
            waiting.extend([leads.remove(&kind), derived.remove(&kind)].into_iter().flatten().flatten());
        }
    }

    /// Whether a name stands for pointers to a struct: `typedef struct T *name`.
    pub fn is_pointer(&self, name: Word) -> bool {
        self.pointers.contains(&name)
    }

    /// Whether Python objects hold a struct of that type by value.
    pub fn is_part(&self, kind: Word) -> bool {
        self.parts.contains(&kind)
    }

    /// Whether pointers in Python objects lead to structs of that type.
    pub fn is_hung(&self, kind: Word) -> bool {
        self.hung.contains(&kind)
    }

    /// Whether a field is filled in behind a value that Python objects share.
    pub fn is_lazy(&self, class: Word, field: Word) -> bool {
        self.lazy.contains(&(class, field))
    }

    /// Whether a member function belongs to a class of a library of which another language's objects hold one, and is not
    /// itself what that calls. A lock belongs to who is called from there, or around the call.
    pub fn is_inner(&self, id: Id) -> bool {
        let Some(one) = self.function(id).filter(|one| !one.held && !one.taken) else { return false };
        one.seen.class.is_some_and(|class| self.below.contains(&self.kind(self.word(one.file, class))))
    }

    /// Whether Python objects may hold an object of a C++ class.
    pub fn is_held(&self, class: Word) -> bool {
        self.held.contains(&class)
    }
}
