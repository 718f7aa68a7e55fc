//! Functions that another language calls.
//!
//! In: names of functions and of members. Out: [`super::Linked::below`]. A member that a class does not have itself is
//! one of the class it derives from.

use foldhash::{HashMap, HashMapExt as _};

use super::{Called, Project, Word};
use crate::source::c::summary::CSeen;
use crate::source::includes::base;

/// How many bases of a class are followed.
const BASES: usize = 64;

impl<'p> Project<'p> {
    pub(super) fn find_below(&mut self, called: &Called<'p>) {
        if called.functions.is_empty() && called.members.is_empty() {
            return;
        }
        let word = |text: &&'p str| self.numbers.get(*text).copied();
        let functions: foldhash::HashSet<Word> = called.functions.iter().filter_map(word).collect();
        let mut members: HashMap<Word, Vec<Word>> = HashMap::new();
        for (class, name) in &called.members {
            if let (Some(class), Some(name)) = (word(class), word(name)) {
                members.entry(name).or_default().push(self.kind(class));
            }
        }
        let below: Vec<bool> = self
            .functions
            .iter()
            .map(|one| {
                let Some(class) = one.seen.class else {
                    // What only its own file can call is meant by nobody else.
                    let included = |(path, seen): &(&str, &CSeen)| {
                        seen.header || called.included.contains(base(path))
                    };
                    return functions.contains(&one.name)
                        && (!one.seen.is_static || self.files.get(one.file).is_some_and(included));
                };
                let class = self.kind(self.word(one.file, class));
                members.get(&one.name).is_some_and(|of| of.iter().any(|derived| self.derives(*derived, class)))
            })
            .collect();
        for (one, below) in self.functions.iter_mut().zip(below) {
            one.below = below;
        }
    }

    /// Whether a class is another, or derives from it.
    fn derives(&self, class: Word, from: Word) -> bool {
        let mut classes = vec![class];
        let mut at = 0;
        while let Some(one) = classes.get(at).copied() {
            if one == from {
                return true;
            }
            for base in self.bases.get(&one).into_iter().flatten().map(|base| self.kind(*base)) {
                if classes.len() < BASES && !classes.contains(&base) {
                    classes.push(base);
                }
            }
            at += 1;
        }
        false
    }
}
