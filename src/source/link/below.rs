//! Functions that another language calls.
//!
//! In: names of functions and of members. Out: [`super::Linked::below`]. A member that a class does not have itself is
//! one of the class it derives from.

use std::collections::BTreeMap;

use foldhash::{HashSet, HashSetExt as _};

use super::{Project, Word};
use crate::model::Location;
use crate::source::c::summary::CSeen;
use crate::source::includes::base;

/// How many classes are looked at for one that is called: itself and what it derives from.
const BASES: usize = 64;

/// What code that is neither C nor C++ calls of a project's C and C++, on any thread and without a lock.
///
/// It owns its names, so that what is known of the other language's files need not be kept while these are judged.
#[derive(Debug, Default)]
pub struct Called {
    /// Names of functions.
    pub functions: HashSet<String>,
    /// Class and name of member functions.
    pub members: HashSet<(String, String)>,
    /// Files that it includes, without folders: it may call what they declare `static`.
    pub included: HashSet<String>,
    /// Headers, without folders, of which it may call all.
    pub headers: HashSet<String>,
    /// Classes whose objects its own Python objects hold.
    pub held: HashSet<String>,
    /// Functions, with positions among their parameters, that it hands a struct which its own Python objects hold, and who
    /// does so first.
    pub lent: BTreeMap<(String, usize), Lender>,
}

/// Who hands a function of C what a Python object holds.
#[derive(Debug, Clone)]
pub struct Lender {
    /// The function or method.
    pub name: String,
    /// Where it does.
    pub location: Location,
}

impl<'p> Project<'p> {
    pub(super) fn find_below(&mut self, called: &Called) {
        if called.functions.is_empty() && called.members.is_empty() && called.headers.is_empty() {
            return;
        }
        let word = |text: &String| self.numbers.get(text.as_str()).copied();
        let functions: HashSet<Word> = called.functions.iter().filter_map(word).collect();
        let mut members: HashSet<(Word, Word)> = HashSet::new();
        for (class, name) in &called.members {
            if let (Some(class), Some(name)) = (word(class), word(name)) {
                members.extend(self.with_bases(self.kind(class)).into_iter().map(|class| (class, name)));
            }
        }
        // A header's functions stand in the source by its name.
        fn stem(path: &str) -> &str {
            base(path).rsplit_once('.').map_or("", |(stem, _)| stem)
        }
        let stems: HashSet<&str> = called.headers.iter().map(|one| stem(one)).collect();
        let mut whole: HashSet<Word> = HashSet::new();
        for (at, (path, seen)) in self.files.iter().enumerate() {
            if called.headers.contains(base(path)) {
                let names = seen.types.iter().filter_map(|kind| kind.names.first());
                whole.extend(names.map(|name| self.kind(self.word(at, *name))));
            }
        }
        // Only an interface file hands out all of a header, and then the objects of its classes.
        let mut of_held = whole.clone();
        for class in called.held.iter().filter_map(word) {
            of_held.extend(self.with_bases(self.kind(class)));
        }
        let below: Vec<bool> = self
            .functions
            .iter()
            .map(|one| {
                let Some(class) = one.seen.class else {
                    // What only its own file can call is meant by nobody else.
                    let included =
                        |(path, seen): &(&str, &CSeen)| seen.header || called.included.contains(base(path));
                    let named = functions.contains(&one.name)
                        || self.files.get(one.file).is_some_and(|(path, _)| stems.contains(stem(path)));
                    return named && (!one.seen.is_static || self.files.get(one.file).is_some_and(included));
                };
                let class = self.kind(self.word(one.file, class));
                whole.contains(&class) || members.contains(&(class, one.name))
            })
            .collect();
        let held: Vec<bool> = self
            .functions
            .iter()
            .zip(&below)
            .map(|(one, below)| {
                let class = one.seen.class.filter(|_| *below && !one.seen.is_static);
                // A constructor has the object alone.
                let member = class.filter(|class| *class != one.seen.name);
                member.is_some_and(|class| of_held.contains(&self.kind(self.word(one.file, class))))
            })
            .collect();
        for ((one, below), held) in self.functions.iter_mut().zip(below).zip(held) {
            (one.below, one.held) = (below, held);
        }
    }

    /// A class with those that it derives from, as far as a chain of bases is followed.
    pub fn with_bases(&self, class: Word) -> Vec<Word> {
        let mut classes = vec![class];
        let mut at = 0;
        while let Some(one) = classes.get(at).copied() {
            for base in self.bases.get(&one).into_iter().flatten().map(|base| self.kind(*base)) {
                if classes.len() < BASES && !classes.contains(&base) {
                    classes.push(base);
                }
            }
            at += 1;
        }
        classes
    }
}
