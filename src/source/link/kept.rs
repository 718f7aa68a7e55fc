//! Which structs and classes are state of the process: what a function hands out that keeps it in a variable, or in the
//! state of its module. Whoever asks gets the same one, on any thread.

use foldhash::{HashSet, HashSetExt as _};

use super::{Id, Project, Word};
use crate::source::c::summary::Name;

/// How many functions in a row hand on what the next returns.
const CHAIN: usize = 8;

impl Project<'_> {
    /// The types of what functions return from variables, and of what hangs on modules' states.
    pub(super) fn find_kept(&mut self) {
        let mut hands: Vec<bool> = self.functions.iter().map(|one| one.seen.state).collect();
        for _ in 0..CHAIN {
            let more: Vec<usize> = self
                .functions
                .iter()
                .enumerate()
                .filter(|(at, one)| {
                    let gets = |name: &Name| {
                        let targets = self.resolve(one.file, self.word(one.file, *name));
                        targets.iter().any(|id| hands.get(id.0 as usize) == Some(&true))
                    };
                    hands.get(*at) == Some(&false) && one.seen.from.iter().any(gets)
                })
                .map(|(at, _)| at)
                .collect();
            if more.is_empty() {
                break;
            }
            for at in more {
                if let Some(one) = hands.get_mut(at) {
                    *one = true;
                }
            }
        }
        let mut kept: HashSet<Word> = HashSet::new();
        // The GIL never kept threads apart in a library that Python does not reach.
        let reached = |file: usize| {
            self.files.get(file).is_some_and(|(_, seen)| seen.python || !seen.mentions.is_empty())
        };
        let hands = self.functions.iter().zip(&hands).filter(|(_, hands)| **hands);
        for (one, _) in hands.filter(|(one, _)| reached(one.file)) {
            kept.insert(self.kind(self.word(one.file, one.seen.returns)));
        }
        // A module's state itself is judged as the statics are.
        for (at, (_, seen)) in self.files.iter().enumerate() {
            for name in &seen.states {
                kept.remove(&self.kind(self.word(at, *name)));
            }
        }
        kept.retain(|kind| self.is_struct(*kind));
        self.kept = kept;
    }

    /// Whether there is one of a struct or class that all threads get, and that is no Python object.
    pub fn is_kept(&self, kind: Word) -> bool {
        self.kept.contains(&kind)
    }

    /// The type of what a function of that name returns, as a file sees it.
    pub fn returned(&self, file: usize, name: Name) -> Option<Word> {
        let targets = self.resolve(file, self.word(file, name));
        let of = |id: &Id| {
            let one = self.function(*id)?;
            let word = self.word(one.file, one.seen.returns);
            (!self.text(word).is_empty()).then(|| self.kind(word))
        };
        targets.iter().find_map(of)
    }
}
